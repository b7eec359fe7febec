"""Kafka as services meet it: connections, who may connect, the producer."""
