"""Comparing what each owner keeps with what its topics say and what the read model shows; see ``run``."""
