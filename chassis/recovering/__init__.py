"""Commands beside the running service: a restored database catches up, a service tells its state again."""
