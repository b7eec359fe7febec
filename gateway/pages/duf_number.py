"""DUF numbers: a year, six digits, two check digits. The rule of these is not public, so a number is never refused."""

from __future__ import annotations

from datetime import date

FIRST_YEAR = 1985
"""Before the register there were no such numbers."""
YEAR_DIGITS, DIGITS = 4, 12


def looks_odd(number: str, today: date) -> bool:
    """Whether to ask somebody to check the number: it has not twelve digits, or its year cannot be."""
    if len(number) != DIGITS or not (number.isascii() and number.isdigit()):
        return True
    return not FIRST_YEAR <= int(number[:YEAR_DIGITS]) <= today.year
