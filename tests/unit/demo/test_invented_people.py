"""The demonstration's people are believable, valid, and nobody real."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, strategies as st

from ops.demo.identity import synthetic_duf_number, synthetic_identity_number
from ops.demo.lists import MUNICIPALITIES, DemoList, Stage, demonstration, distribution_list

TODAY = date(2026, 11, 24)
DAYS = st.dates(date(1900, 1, 1), date(2039, 12, 31))


def remainder(number: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False)) % 11


@given(st.integers(), DAYS, st.booleans())
def test_an_identity_number_is_synthetic_and_its_check_digits_hold(seed: int, born: date, female: bool) -> None:
    """The month is raised by 80, both check digits are right, and the ninth digit tells the sex."""
    number = synthetic_identity_number(Random(seed), born, female=female)
    assert len(number) == 11
    assert int(number[2:4]) == born.month + 80
    assert (number[:2], number[4:6]) == (f"{born.day:02d}", f"{born.year % 100:02d}")
    assert remainder(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) == 0
    assert remainder(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) == 0
    assert int(number[8]) % 2 == (0 if female else 1)


@given(st.integers())
def test_a_duf_number_has_its_form(seed: int) -> None:
    """Twelve digits that begin with the year."""
    number = synthetic_duf_number(Random(seed), 2025)
    assert number.isdigit()
    assert len(number) == 12
    assert number.startswith("2025")


@given(st.integers(), st.integers(1, 120))
def test_a_list_has_as_many_persons_as_asked_for_in_households_that_make_sense(seed: int, persons: int) -> None:
    """Running numbers go from 1, nobody under 18 is alone but as an unaccompanied minor, birth year and date agree."""
    body = distribution_list(
        Random(seed), municipality_number="0301", persons=persons, today=TODAY, list_id="FL-2026-000001"
    )
    assert [person.running_number for person in body.persons] == list(range(1, persons + 1))
    households: dict[int, list[int]] = {}
    for person in body.persons:
        born = person.identity.birth_date
        age = TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
        households.setdefault(person.household, []).append(age)
        assert person.birth_year == born.year
        if person.unaccompanied_minor:
            assert age < 18
            assert len([other for other in body.persons if other.household == person.household]) == 1
        else:
            assert max(households[person.household]) >= 18
        assert person.identity.identity_number is not None


def test_the_demonstration_covers_every_stage_and_municipality_and_is_the_same_again() -> None:
    """At least 25 municipalities, every stage, one list of 60 for Oslo, no person twice, the same for the same seed."""
    lists = demonstration(1, TODAY)
    assert lists == demonstration(1, TODAY)
    assert {demo.body.municipality_number for demo in lists} == {m.number for m in MUNICIPALITIES}
    assert len(MUNICIPALITIES) >= 25
    assert {demo.stage for demo in lists} == set(Stage)
    assert any(len(demo.body.persons) == 60 and demo.body.municipality_number == "0301" for demo in lists)
    numbers = [person.identity.duf_number for demo in lists for person in demo.body.persons]
    assert len(set(numbers)) == len(numbers)
    assert len({demo.body.list_id for demo in lists}) == len(lists)


@pytest.mark.parametrize("later", [1, 2, 7, 40, 400])
def test_the_demonstration_is_of_the_same_people_whatever_the_day(later: int) -> None:
    """Who is on which list, how old, and how far the list is taken: only dates and numbers of people are of the day."""
    day = TODAY + timedelta(days=later)
    assert [_drawn(demo, day) for demo in demonstration(1, day)] == [
        _drawn(demo, TODAY) for demo in demonstration(1, TODAY)
    ]


def _drawn(demo: DemoList, day: date) -> object:
    """Give what the pages show of a list, but for dates and numbers of people."""
    changing = {"birth_year", "earliest_arrival", "identity"}
    people = [
        (person.model_dump(exclude=changing), person.identity.given_name, (day - person.earliest_arrival).days)
        for person in demo.body.persons
    ]
    return (demo.stage, (day - demo.body.deadline).days, people)
