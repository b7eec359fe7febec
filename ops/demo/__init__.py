"""Believable, seeded demonstration data: invented people with synthetic identity numbers only."""
