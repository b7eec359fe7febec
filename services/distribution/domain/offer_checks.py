"""When IMDi's list is sent back: every problem at once, by field, and never a value.

The checks run on what could be read, so that a list with a mistake in its form hears of its other mistakes too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.distribution.domain import identity_numbers
from services.distribution.domain.problems import Problem

ADULT_AGE = 18


@dataclass(frozen=True, slots=True)
class PersonFields:
    """What the rules look at of a person; None: absent or unreadable, which the form's own problem says."""

    running_number: int | None = None
    unaccompanied_minor: bool | None = None
    birth_year: int | None = None
    birth_date: date | None = None
    duf_number: str | None = None
    identity_number: str | None = None
    has_protected_address: bool = False


@dataclass(frozen=True, slots=True)
class OfferFields:
    """What could be read of a list and its record. ``key`` and ``subject`` are the record's."""

    key: str | None
    subject: str | None
    list_id: str | None
    municipality_number: str | None
    deadline: date | None = None
    persons: Sequence[PersonFields] = ()
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rules need to know besides the list.

    day: the one in Norway on which the list was received.
    municipality_known: None where that cannot be told yet.
    on_open_lists: for each person by position, the numbers of it that hold a place on another list.
    synthetic_only: whether a real identity number may not come here (the embedded stack).
    successor_number: the number of what the municipality has merged into.
    """

    day: date
    municipality_known: bool | None
    on_open_lists: Sequence[OpenElsewhere]
    synthetic_only: bool
    successor_number: str | None = None


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """The person at ``position`` holds a place on another list, by its DUF number, its identity number or both."""

    position: int
    by_duf_number: bool
    by_identity_number: bool


def record_problems(fields: OfferFields) -> Iterator[Problem]:
    """Yield where the record contradicts its body; these hold for a repeat too."""
    if fields.municipality_number is not None and fields.key != fields.municipality_number:
        yield Problem("key", "key-contradicts", "The record's key must be the municipality's number.")
    if fields.list_id is not None and fields.subject is not None and fields.subject != fields.list_id:
        yield Problem("headers.ce_subject", "subject-contradicts", "The subject must be the list's id.")


def unborne(successor_number: str | None) -> Problem:
    """Say that no municipality bears the number, and what is to be written where it has merged."""
    if successor_number is None:
        return Problem("municipality_number", "unknown-municipality", "No municipality has this number.")
    words = f"This municipality has merged: its successor's number is {successor_number}."
    return Problem("municipality_number", "municipality-merged", words)


def offer_problems(fields: OfferFields, around: Surroundings) -> Iterator[Problem]:
    """Yield what is wrong with the list itself, in the order of its fields."""
    if fields.municipality_number is not None and around.municipality_known is False:
        yield unborne(around.successor_number)
    if fields.deadline is not None and fields.deadline < around.day:
        yield Problem("deadline", "deadline-past", "The deadline has passed.")
    if fields.replaces is not None and fields.replaces == fields.list_id:
        yield Problem("replaces", "replaces-itself", "A list cannot replace itself.")
    yield from _numbering(fields.persons)
    yield from _duplicates(fields.persons)
    for position, person in enumerate(fields.persons):
        yield from _person_problems(f"persons[{position}]", person, around)
    yield from open_list_problems(around.on_open_lists)


def open_list_problems(found: Sequence[OpenElsewhere]) -> Iterator[Problem]:
    """Yield the persons that hold a place on another list."""
    words = "This person holds a place on another list already: it is not answered, or the person was accepted there."
    for person in found:
        if person.by_duf_number:
            yield Problem(f"persons[{person.position}].identity.duf_number", "on-open-list", words)
        if person.by_identity_number:
            yield Problem(f"persons[{person.position}].identity.identity_number", "on-open-list", words)


def _numbering(persons: Sequence[PersonFields]) -> Iterator[Problem]:
    """Yield where running numbers are not 1 to the number of persons, each once."""
    repeated = _repeats([person.running_number for person in persons])
    for position, person in enumerate(persons):
        path = f"persons[{position}].running_number"
        if position in repeated:
            yield Problem(path, "duplicate-running-number", "Another person of the list has this running number.")
        elif person.running_number is not None and person.running_number > len(persons):
            yield Problem(path, "running-number-gap", "Running numbers go from 1 to the number of persons.")


def _duplicates(persons: Sequence[PersonFields]) -> Iterator[Problem]:
    """Yield who is on the list twice: by either number."""
    words = "Another person of the list has this number."
    by_duf_number = _repeats([person.duf_number for person in persons])
    by_identity_number = _repeats([person.identity_number for person in persons])
    for position in range(len(persons)):
        if position in by_duf_number:
            yield Problem(f"persons[{position}].identity.duf_number", "duplicate-person", words)
        if position in by_identity_number:
            yield Problem(f"persons[{position}].identity.identity_number", "duplicate-person", words)


def _repeats(values: Sequence[int | str | None]) -> set[int]:
    """Tell the positions of values that have come before."""
    first: dict[int | str, int] = {}
    return {
        position
        for position, value in enumerate(values)
        if value is not None and first.setdefault(value, position) != position
    }


def _person_problems(path: str, person: PersonFields, around: Surroundings) -> Iterator[Problem]:
    born = person.birth_date
    if born is not None and born > around.day:
        yield Problem(f"{path}.identity.birth_date", "birth-date-in-future", "The birth date has not come yet.")
    if born is not None and person.birth_year is not None and born.year != person.birth_year:
        yield Problem(f"{path}.birth_year", "birth-year-contradicts", "The birth date is in another year.")
    if person.unaccompanied_minor and born is not None and _age(born, around.day) >= ADULT_AGE:
        yield Problem(
            f"{path}.unaccompanied_minor", "not-a-minor", f"An unaccompanied minor is under {ADULT_AGE} years old."
        )
    if person.has_protected_address:
        yield Problem(
            f"{path}.identity.protected_address",
            "protected-address",
            "A person with a protected address may not be on a list.",
        )
    if person.identity_number is not None:
        yield from _identity_number_problems(f"{path}.identity.identity_number", person.identity_number, born, around)


def _identity_number_problems(path: str, number: str, born: date | None, around: Surroundings) -> Iterator[Problem]:
    if around.synthetic_only and not identity_numbers.is_synthetic(number):
        yield Problem(path, "not-synthetic", "Only synthetic identity numbers (month + 80) may be used here.")
    if not identity_numbers.has_check_digits(number):
        yield Problem(path, "check-digits", "The check digits do not fit.")
    if born is not None and not identity_numbers.names_day(number, born):
        yield Problem(path, "birth-date-contradicts", "The identity number is of another birth date.")


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
