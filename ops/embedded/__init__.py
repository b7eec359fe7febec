"""The parts that ``fordeling up`` brings along: Kafka, PostgreSQL and an OIDC provider, none of them in a container."""
