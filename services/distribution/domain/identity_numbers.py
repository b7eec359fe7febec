"""Norwegian identity numbers (fødselsnummer, D-nummer): DDMMYY, three individual digits, two check digits.

A D number has 40 added to its day. A synthetic number has 80 added to its month (Skatteetaten's Test-Norge form); no
real one has. Source of the form and the check digits: Skatteetaten, "Fødselsnummer" and "Testdata".
"""

from __future__ import annotations

from datetime import date

_D_NUMBER = 40
_SYNTHETIC = 80
_MONTHS = 12
_FIRST_CHECK = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_CHECK = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def is_synthetic(number: str) -> bool:
    """Whether it is a test number, of nobody. ``number``: 11 digits."""
    return _SYNTHETIC < int(number[2:4]) <= _SYNTHETIC + _MONTHS


def has_check_digits(number: str) -> bool:
    """Whether both check digits fit, modulo 11; they do in synthetic numbers too. ``number``: 11 digits."""
    digits = [int(digit) for digit in number]
    return all(
        sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 == 0
        for weights in (_FIRST_CHECK, _SECOND_CHECK)
    )


def names_day(number: str, birth_date: date) -> bool:
    """Whether the number's first six digits are this day's, whatever kind of number it is. ``number``: 11 digits."""
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    if day > _D_NUMBER:
        day -= _D_NUMBER
    if month > _SYNTHETIC:
        month -= _SYNTHETIC
    return (day, month, year) == (birth_date.day, birth_date.month, birth_date.year % 100)
