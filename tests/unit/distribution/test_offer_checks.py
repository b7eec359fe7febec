"""Why a list is sent back: everything at once, by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.distribution.domain.offer_checks import (
    OfferFields,
    OpenElsewhere,
    PersonFields,
    Surroundings,
    offer_problems,
    record_problems,
)

TODAY = date(2026, 11, 24)
AROUND = Surroundings(TODAY, municipality_known=True, on_open_lists=(), synthetic_only=True)
ADULT = PersonFields(1, False, 1990, date(1990, 5, 17), "202542360148", "17859010229")
MINOR = PersonFields(2, True, 2011, date(2011, 4, 5), "202509391662", "05841161930")
GOOD = OfferFields("0301", "FL-1", "FL-1", "0301", TODAY, (ADULT, MINOR))


def problems(fields: OfferFields, **around: Any) -> list[tuple[str, str]]:
    found = [*record_problems(fields), *offer_problems(fields, replace(AROUND, **around))]
    return [(problem.path, problem.code) for problem in found]


def with_person(**changes: Any) -> OfferFields:
    return replace(GOOD, persons=(replace(ADULT, **changes), MINOR))


def test_nothing_is_wrong_with_a_good_list() -> None:
    """Its deadline may be today: that is the end of today."""
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (replace(GOOD, key="0302"), [("key", "key-contradicts")]),
        (replace(GOOD, key=None), [("key", "key-contradicts")]),
        (replace(GOOD, subject="FL-2"), [("headers.ce_subject", "subject-contradicts")]),
        (replace(GOOD, deadline=date(2026, 11, 23)), [("deadline", "deadline-past")]),
        (with_person(running_number=2), [("persons[1].running_number", "duplicate-running-number")]),
        (with_person(running_number=3), [("persons[0].running_number", "running-number-gap")]),
        (with_person(duf_number=MINOR.duf_number), [("persons[1].identity.duf_number", "duplicate-person")]),
        (
            with_person(identity_number=MINOR.identity_number, birth_date=MINOR.birth_date, birth_year=2011),
            [("persons[1].identity.identity_number", "duplicate-person")],
        ),
        (with_person(birth_year=1991), [("persons[0].birth_year", "birth-year-contradicts")]),
        (
            with_person(birth_date=date(1990, 5, 18)),
            [("persons[0].identity.identity_number", "birth-date-contradicts")],
        ),
        (with_person(unaccompanied_minor=True), [("persons[0].unaccompanied_minor", "not-a-minor")]),
        (
            with_person(has_protected_address=True),
            [("persons[0].identity.protected_address", "protected-address")],
        ),
        (with_person(identity_number="17859010228"), [("persons[0].identity.identity_number", "check-digits")]),
        (
            with_person(identity_number="17059010229"),
            [("persons[0].identity.identity_number", "not-synthetic"),
             ("persons[0].identity.identity_number", "check-digits")],
        ),
        (
            with_person(identity_number=None, birth_date=date(2026, 11, 25), birth_year=2026),
            [("persons[0].identity.birth_date", "birth-date-in-future")],
        ),
    ],
)  # fmt: skip
def test_each_mistake_is_told_by_field(fields: OfferFields, expected: Sequence[tuple[str, str]]) -> None:
    """One mistake, one field, one code."""
    assert problems(fields) == expected


def test_an_unaccompanied_minor_grows_up_on_the_birthday() -> None:
    """Under 18 the day before, not on the day."""
    eighteen = {"unaccompanied_minor": True, "identity_number": None, "birth_year": 2008}
    assert problems(with_person(**eighteen, birth_date=date(2008, 11, 25))) == []
    assert problems(with_person(**eighteen, birth_date=TODAY.replace(year=2008))) == [
        ("persons[0].unaccompanied_minor", "not-a-minor")
    ]


def test_outside_the_embedded_stack_a_real_number_may_come() -> None:
    """Its check digits and date are checked all the same."""
    real_form = with_person(identity_number="17059000000")
    assert problems(real_form, synthetic_only=False) == [("persons[0].identity.identity_number", "check-digits")]


@pytest.mark.parametrize(
    ("known", "expected"), [(False, [("municipality_number", "unknown-municipality")]), (None, [])]
)
def test_a_municipality_is_unknown_only_once_that_can_be_told(
    known: bool | None, expected: list[tuple[str, str]]
) -> None:
    """While the register has not all arrived, nothing is said about it."""
    assert problems(GOOD, municipality_known=known) == expected


def test_persons_on_open_lists_are_told_by_the_number_that_is_there() -> None:
    """The DUF number, the identity number, or both."""
    found = [OpenElsewhere(0, by_duf_number=True, by_identity_number=True), OpenElsewhere(1, False, True)]
    assert problems(GOOD, on_open_lists=found) == [
        ("persons[0].identity.duf_number", "on-open-list"),
        ("persons[0].identity.identity_number", "on-open-list"),
        ("persons[1].identity.identity_number", "on-open-list"),
    ]


def test_all_mistakes_come_at_once() -> None:
    """Also where some of the list cannot be read."""
    fields = replace(
        with_person(running_number=None, has_protected_address=True, birth_year=1980), key="4601",
        deadline=date(2026, 1, 1), list_id=None,
    )  # fmt: skip
    assert problems(fields, municipality_known=False) == [
        ("key", "key-contradicts"),
        ("municipality_number", "unknown-municipality"),
        ("deadline", "deadline-past"),
        ("persons[0].birth_year", "birth-year-contradicts"),
        ("persons[0].identity.protected_address", "protected-address"),
    ]


def test_no_problem_holds_a_value() -> None:
    """What goes back names fields and rules only."""
    bad = replace(ADULT, identity_number="17059010229", birth_year=1991, has_protected_address=True)
    fields = replace(GOOD, key="4601", subject="FL-9", deadline=date(2026, 1, 1), persons=(bad, bad))
    around = replace(AROUND, municipality_known=False, on_open_lists=[OpenElsewhere(0, True, True)])
    texts = [problem.message + problem.path for problem in [*record_problems(fields), *offer_problems(fields, around)]]
    assert len(texts) > 10
    for value in ("17059010229", "202542360148", "1991", "1990", "4601", "0301", "FL-9", "FL-1"):
        assert not any(value in text for text in texts)
