"""Synthetic identity numbers in Skatteetaten's Test-Norge form: the month raised by 80. No real number has it."""

from __future__ import annotations

from datetime import date
from random import Random

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SYNTHETIC_MONTH = 80

# Individual numbers by year of birth, as the National Registry gives them out.
_CENTURIES = ((1854, 1899, 500, 749), (1900, 1999, 0, 499), (2000, 2039, 500, 999))


def synthetic_identity_number(random: Random, born: date, *, female: bool) -> str:
    """Return an 11-digit number with valid check digits, for somebody born on that day (1854–2039)."""
    low, high = next((low, high) for first, last, low, high in _CENTURIES if first <= born.year <= last)
    while True:
        individual = random.randint(low, high)
        if individual % 2 == int(female):
            continue
        digits = f"{born.day:02d}{born.month + _SYNTHETIC_MONTH:02d}{born.year % 100:02d}{individual:03d}"
        for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
            check = -sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
            if check == 10:
                break
            digits += str(check)
        else:
            return digits


def synthetic_duf_number(random: Random, year: int) -> str:
    """Return 12 digits in the DUF form: year, six digits, two more (their check rule is not public)."""
    return f"{year:04d}{random.randrange(10**6):06d}{random.randrange(100):02d}"
