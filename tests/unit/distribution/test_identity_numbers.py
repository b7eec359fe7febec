"""What an identity number tells of itself."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given, strategies as st

from ops.demo.identity import synthetic_identity_number
from services.distribution.domain.identity_numbers import has_check_digits, is_synthetic, names_day


@given(st.dates(date(1900, 1, 1), date(2026, 11, 24)), st.integers(), st.booleans())
def test_a_made_up_number_is_sound(born: date, seed: int, female: bool) -> None:
    """Numbers made as Test-Norge makes them are synthetic, fit their check digits and name their day."""
    number = synthetic_identity_number(Random(seed), born, female=female)
    assert is_synthetic(number)
    assert has_check_digits(number)
    assert names_day(number, born)


@given(st.dates(date(1900, 1, 1), date(2026, 11, 24)), st.integers(), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_found(born: date, seed: int, place: int, by: int) -> None:
    """Modulo 11 finds every single wrong digit."""
    number = synthetic_identity_number(Random(seed), born, female=True)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not has_check_digits(wrong)


@pytest.mark.parametrize(
    ("number", "synthetic"),
    [("17859010229", True), ("17059010229", False), ("17809010229", False), ("17939010229", False),
     ("17929010229", True), ("17459010229", False)],
)  # fmt: skip
def test_only_months_raised_by_80_are_synthetic(number: str, synthetic: bool) -> None:
    """81 to 92; a month raised by 40 is another kind of test number, which may be mistaken for none."""
    assert is_synthetic(number) is synthetic


@pytest.mark.parametrize("number", ["17859000000", "57859000000", "17059000000", "57059000000"])
def test_every_kind_of_number_names_its_day(number: str) -> None:
    """Synthetic or not, D number or not."""
    assert names_day(number, date(1990, 5, 17))
    assert not names_day(number, date(1990, 5, 18))
    assert not names_day(number, date(1990, 6, 17))
    assert not names_day(number, date(1991, 5, 17))
