"""After a disaster: one database restored from a backup, or Kafka lost. See docs/runbooks/disaster.md."""
