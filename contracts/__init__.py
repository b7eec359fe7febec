"""The only domain knowledge that the services and the gateway share: messages, topics, envelope."""
