"""What reports say, and what they may not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TypeAlias

from services.municipality.domain.codes import FamilyTie, HomeFeature, ReportKind
from services.municipality.domain.refusals import DateTooFarAway, Refusal, WeekOver, WeekTooFarAhead
from services.municipality.domain.weeks import Week

WEEKS_AHEAD = 53
"""Weeks from this one on of which places may be told: a year whichever way it falls."""
WEEKS_KEPT = 53
"""Weeks that are over and stay with the report; what was told of them, and when, stays in its history."""
FURTHEST = timedelta(days=366)
"""A home is not reported longer ahead, or a move longer ago, than this: a mistyped year."""


@dataclass(frozen=True, slots=True)
class WeekChange:
    """One week of a change; None: nothing was, or is, said of it."""

    week: Week
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class WeeklyPlaces:
    """How many the municipality can receive in each week that is told of. 0: nobody."""

    places: Mapping[Week, int]

    def after(self, before: WeeklyPlaces | None, this_week: Week) -> WeeklyPlaces:
        """Give what holds when this is told after ``before``: of weeks that are over, what was told in time."""
        told = before.places if before else {}
        over = {week: places for week, places in told.items() if this_week.later(-WEEKS_KEPT) <= week < this_week}
        return WeeklyPlaces(over | {week: places for week, places in self.places.items() if week >= this_week})

    def refusal(self, before: Content | None, today: date) -> Refusal | None:
        """Tell why it cannot be told: a week that is over is told of otherwise than before, or one too far ahead."""
        told = before.places if isinstance(before, WeeklyPlaces) else {}
        this_week = Week.of(today)
        for week, places in sorted(self.places.items()):
            if week < this_week and told.get(week) != places:
                return WeekOver(str(week))
            if week > this_week.later(WEEKS_AHEAD):
                return WeekTooFarAhead(str(this_week.later(WEEKS_AHEAD)))
        return None

    def changes(self, before: WeeklyPlaces | None, this_week: Week) -> tuple[WeekChange, ...]:
        """Tell the weeks from ``this_week`` on that are told of otherwise than before, in their order."""
        told = before.places if before else {}
        weeks = sorted(week for week in {*told, *self.places} if week >= this_week)
        changed = (WeekChange(week, told.get(week), self.places.get(week)) for week in weeks)
        return tuple(one for one in changed if one.before != one.after)

    @property
    def matters_until(self) -> date:
        """The last day of the last week that is told of; afterwards there is nothing to ask about."""
        return max((week.sunday for week in self.places), default=date.min)


@dataclass(frozen=True, slots=True)
class Homes:
    """Homes of one kind that are ready. ``area``: in plain words."""

    homes: int
    bedrooms: int
    persons: int
    available_from: date
    features: tuple[HomeFeature, ...] = ()
    area: str = ""

    def refusal(self, _before: Content | None, today: date) -> Refusal | None:
        """Tell why it cannot be reported: ready in another age."""
        return _far(self.available_from, today)


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody whom a report names."""

    name: str
    duf_number: str | None = None


@dataclass(frozen=True, slots=True)
class NamedPersons:
    """Persons whom the municipality asks for, and why."""

    persons: tuple[NamedPerson, ...]
    tie: FamilyTie
    note: str = ""

    def refusal(self, _before: Content | None, _today: date) -> Refusal | None:
        """Tell why it cannot be reported: there is no such reason."""
        return None


@dataclass(frozen=True, slots=True)
class SelfSettlement:
    """Persons who have found a home themselves, in agreement with the municipality."""

    persons: tuple[NamedPerson, ...]
    address: str
    moves_in: date
    note: str = ""

    def refusal(self, _before: Content | None, today: date) -> Refusal | None:
        """Tell why it cannot be reported: moving in in another age."""
        return _far(self.moves_in, today)


def _far(day: date, today: date) -> Refusal | None:
    earliest, latest = today - FURTHEST, today + FURTHEST
    return None if earliest <= day <= latest else DateTooFarAway(earliest, latest)


Content: TypeAlias = WeeklyPlaces | Homes | NamedPersons | SelfSettlement

KINDS: Mapping[type, ReportKind] = {
    WeeklyPlaces: ReportKind.WEEKLY_PLACES,
    Homes: ReportKind.HOUSING,
    NamedPersons: ReportKind.NAMED_PERSONS,
    SelfSettlement: ReportKind.SELF_SETTLEMENT,
}


def kind_of(content: Content) -> ReportKind:
    """Tell what a report with this content is about."""
    return KINDS[type(content)]


def changed_fields(before: Content | None, after: Content) -> Iterator[str]:
    """Name the parts that differ, never what they say; nothing of weekly places, whose weeks are told one by one."""
    if before is None or isinstance(after, WeeklyPlaces):
        return
    for part in fields(after):
        if getattr(before, part.name, None) != getattr(after, part.name):
            yield part.name


def people_in(content: Content | None) -> int | None:
    """Tell how many persons it names; None where it is not about persons."""
    return len(content.persons) if isinstance(content, NamedPersons | SelfSettlement) else None
