"""From the outbox to Kafka: one leader, in order, a window in one transaction."""
