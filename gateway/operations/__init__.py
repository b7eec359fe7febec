"""What operations see in the gateway: how the processes are, and the catalogue of messages. Nothing of anybody."""
