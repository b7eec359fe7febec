"""From Kafka to handlers: in batches, each message once and in its order; what fails for good is parked."""
