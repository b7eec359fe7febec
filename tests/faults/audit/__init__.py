"""Comparing what clients were told with what is so: pure functions over facts, and the gathering of these."""
