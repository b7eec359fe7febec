"""Synthetic identity numbers in Skatteetaten's Test-Norge form: the month raised by 80. No real number has it."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Protocol

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SYNTHETIC_MONTH = 80
_D_NUMBER_DAY = 40

# Individual numbers by year of birth, as the National Registry gives them out.
_CENTURIES = ((1854, 1899, 500, 749), (1900, 1999, 0, 499), (2000, 2039, 500, 999))


def synthetic_identity_number(random: Random, born: date, *, female: bool, d_number: bool = False) -> str:
    """Return an 11-digit number with valid check digits, for somebody born on that day (1854–2039).

    ``d_number``: the form of those who are not in the National Registry yet, the day raised by 40.
    """
    low, high = next((low, high) for first, last, low, high in _CENTURIES if first <= born.year <= last)
    day = born.day + (_D_NUMBER_DAY if d_number else 0)
    while True:
        individual = random.randint(low, high)
        if individual % 2 == int(female):
            continue
        digits = f"{day:02d}{born.month + _SYNTHETIC_MONTH:02d}{born.year % 100:02d}{individual:03d}"
        for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
            check = -sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
            if check == 10:
                break
            digits += str(check)
        else:
            return digits


def synthetic_duf_number(random: Random, year: int) -> str:
    """Return 12 digits in the DUF form: year, six digits, two more (their check rule is not public).

    The six are below ``FIRST_OF_A_YEAR``: those above are UniqueNumbers'.
    """
    return f"{year:04d}{random.randrange(10**6) // 2:06d}{random.randrange(100):02d}"


FIRST_OF_A_YEAR = 500_000
_SLOTS = 100 * FIRST_OF_A_YEAR
_STEP = 31_415_927
"""Has no divisor with ``_SLOTS``: that many steps come by every slot once."""


class Numbers(Protocol):
    """Gives invented people their numbers."""

    def duf_number(self, random: Random, year: int) -> str:
        """Give a DUF number registered in that year."""
        ...

    def identity_number(self, random: Random, born: date, *, female: bool) -> str:
        """Give an identity number for somebody born on that day."""
        ...


class RandomNumbers:
    """Numbers as they fall: among a few hundred people a repeat is unlikely."""

    def duf_number(self, random: Random, year: int) -> str:
        """Give a DUF number registered in that year."""
        return synthetic_duf_number(random, year)

    def identity_number(self, random: Random, born: date, *, female: bool) -> str:
        """Give a number in the form of the National Registry."""
        return synthetic_identity_number(random, born, female=female)


class UniqueNumbers:
    """Numbers that nobody else has: neither another of these people, nor anybody with RandomNumbers.

    Identity numbers are D numbers, as those who have just been granted stay mostly have. The numbers given so far
    are kept: some 3 MB for 38,000 people.
    """

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._slot = 0

    def duf_number(self, random: Random, year: int) -> str:
        """Give a DUF number registered in that year; unlike any other, whatever the year."""
        del random
        self._slot = (self._slot + _STEP) % _SLOTS
        return f"{year:04d}{FIRST_OF_A_YEAR + self._slot // 100:06d}{self._slot % 100:02d}"

    def identity_number(self, random: Random, born: date, *, female: bool) -> str:
        """Give a D number unlike any other."""
        while True:
            number = synthetic_identity_number(random, born, female=female, d_number=True)
            if int(number) not in self._given:
                self._given.add(int(number))
                return number
