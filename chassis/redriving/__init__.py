"""What was parked, handled again in order, or erased."""
