"""Moving in: the week that is planned, the day it happened, and corrections (domain §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.distribution.domain.answering import place_of
from services.distribution.domain.calendar import Week, day_in_oslo
from services.distribution.domain.codes import PersonStatus
from services.distribution.domain.events import PersonSettled, SettlementPlanned
from services.distribution.domain.lists import Asked, Decided, DistributionList
from services.distribution.domain.persons import Person, Planned, Settlement
from services.distribution.domain.refusals import (
    AlreadySettled,
    CorrectionReasonMissing,
    DecidedTwice,
    NotPlaced,
    PersonsAreErased,
    PlannedWeekPast,
    PlannedWeekTooFar,
    Refusal,
    SettlementBeforePlacement,
    SettlementInFuture,
    UnknownPerson,
)
from services.distribution.domain.treatment import not_permitted, persons_withdrawn

FURTHEST = timedelta(weeks=104)
"""A week further ahead than this is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class MovedIn:
    """Who moved in, and when. ``reason``: why a day that was registered before was wrong."""

    running_number: int
    day: date
    reason: str | None = None


def register_settlement(
    current: DistributionList, asked: Asked, *, running_number: int, settlement_date: date
) -> Decided | Refusal:
    """Register one person, or correct the date: the first form of the command, which knows of no reason."""
    return _register(current, asked, [MovedIn(running_number, settlement_date)], reasons=False)


def register_settlements(current: DistributionList, asked: Asked, moved_in: Sequence[MovedIn]) -> Decided | Refusal:
    """Register that these have moved in, or correct their dates: all of them, or none.

    The same date again changes nothing; another one than before needs a reason.
    """
    return _register(current, asked, moved_in, reasons=True)


def _register(
    current: DistributionList, asked: Asked, moved_in: Sequence[MovedIn], *, reasons: bool
) -> Decided | Refusal:
    named = _named(current, asked, [one.running_number for one in moved_in])
    if not isinstance(named, list):
        return named
    today = day_in_oslo(asked.at)
    new = []
    for one, person in zip(moved_in, named, strict=True):
        if wrong := _unsettleable(person, one.day, today):
            return wrong
        if person.settlement_date != one.day:
            new.append((one, person))
    if reasons and (unreasoned := [one.running_number for one, person in new if _lacks_reason(one, person)]):
        return CorrectionReasonMissing(tuple(unreasoned))
    if not new:
        return current, ()
    events = tuple(_settled(version, *each) for version, each in enumerate(new, current.version + 1))
    persons = current.with_persons(_with_day(one, person, asked) for one, person in new)
    return current.after(events, persons=persons, changed=asked.act()), events


def _settled(version: int, one: MovedIn, person: Person) -> PersonSettled:
    assert person.placed_on is not None, "a placed person"
    return PersonSettled(version, place_of(person), person.placed_on, one.day, corrects=person.settlement_date)


def _with_day(one: MovedIn, person: Person, asked: Asked) -> Person:
    reason = (one.reason or "").strip() or None
    entry = Settlement(one.day, asked.at, asked.actor.display_name, reason if person.settlement_date else None)
    return replace(
        person, status=PersonStatus.SETTLED, settlement_date=one.day, settlements=(*person.settlements, entry)
    )


def _lacks_reason(one: MovedIn, person: Person) -> bool:
    return person.settlement_date is not None and not (one.reason or "").strip()


def _unsettleable(person: Person, settled: date, today: date) -> Refusal | None:
    if person.placed_on is None:
        return NotPlaced(person.running_number)
    if settled < person.placed_on:
        return SettlementBeforePlacement(person.placed_on, person.running_number)
    return SettlementInFuture(today, person.running_number) if settled > today else None


def plan_settlement(
    current: DistributionList, asked: Asked, running_numbers: Sequence[int], week: Week | None
) -> Decided | Refusal:
    """Say in which week placed persons can be received: this one or later. None takes the plan back."""
    named = _named(current, asked, running_numbers)
    if not isinstance(named, list):
        return named
    if wrong := _unplannable(named) or (week and _out_of_reach(week, day_in_oslo(asked.at))):
        return wrong
    new = [person for person in named if (person.planned.week if person.planned else None) != week]
    if not new:
        return current, ()
    events = (SettlementPlanned(current.version + 1, tuple(person.running_number for person in new), week),)
    actor = asked.actor
    planned = Planned(week, actor.user_id, actor.display_name, asked.at) if week else None
    persons = current.with_persons(replace(person, planned=planned) for person in new)
    return current.after(events, persons=persons, changed=asked.act()), events


def _unplannable(persons: Sequence[Person]) -> Refusal | None:
    if settled := [person.running_number for person in persons if person.status is PersonStatus.SETTLED]:
        return AlreadySettled(tuple(settled))
    return next((NotPlaced(person.running_number) for person in persons if person.placed_on is None), None)


def _out_of_reach(week: Week, today: date) -> Refusal | None:
    if week.last_day < today:
        return PlannedWeekPast(Week.of(today))
    return PlannedWeekTooFar(Week.of(today + FURTHEST)) if week.first_day > today + FURTHEST else None


def _named(current: DistributionList, asked: Asked, numbers: Sequence[int]) -> list[Person] | Refusal:
    """Find whom a command names, once each and not withdrawn, in its order; or tell why it is refused."""
    if refusal := not_permitted(current, asked):
        return refusal
    found = {person.running_number: person for person in current.persons}
    if unknown := sorted(set(numbers) - found.keys()):
        return UnknownPerson(tuple(unknown))
    if twice := sorted(number for number, count in Counter(numbers).items() if count > 1):
        return DecidedTwice(tuple(twice))
    persons = [found[number] for number in numbers]
    if gone := [person for person in persons if person.withdrawn]:
        return persons_withdrawn(gone)
    if erased := {person.running_number: person.erased.at for person in persons if person.erased}:
        return PersonsAreErased(tuple(erased), max(erased.values()))
    return persons
