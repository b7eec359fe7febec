"""The forms of moving in: a household at once, a week that is planned, a date that is corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Self
from uuid import uuid4

from contracts.distribution.v1 import MovedIn, PersonState, Week
from gateway.language import _
from gateway.pages.answer_form import form_id_of, version_of
from gateway.pages.days import read_day
from gateway.pages.form_fields import FormError
from gateway.pages.format import day

DAY, MOVED_IN, WEEK, CORRECTED, REASON = "dato", "flyttet", "uke", "rettet-dato", "rettet-grunn"
LONGEST_REASON = 1000
WEEKS_AHEAD = 53
"""How far ahead the form offers weeks; the owner takes two years."""


@dataclass(frozen=True, slots=True)
class SettlementForm:
    """Who moved in, and when: one date for all who are marked, and another for whom it was another. As it was typed."""

    form_id: str
    version: int
    household: int
    common: str = ""
    marked: frozenset[int] = frozenset()
    own: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, waiting: Sequence[PersonState], household: int, version: int) -> Self:
        """Give the form as it is opened: everybody who has no date is marked."""
        marked = frozenset(person.running_number for person in waiting)
        return cls(str(uuid4()), version, household, marked=marked)

    @classmethod
    def parse(cls, data: Mapping[str, Any], waiting: Sequence[PersonState], household: int) -> Self:
        """Read what a browser sent."""
        numbers = [person.running_number for person in waiting]
        return cls(
            form_id=form_id_of(data),
            version=version_of(data),
            household=household,
            common=_text(data.get(DAY)),
            marked=frozenset(number for number in numbers if f"{MOVED_IN}-{number}" in data),
            own={number: _text(data.get(f"{DAY}-{number}")) for number in numbers},
        )

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(
            form_id=form_id or str(uuid4()),
            version=stored["version"],
            household=stored["household"],
            common=stored["common"],
            marked=frozenset(stored["marked"]),
            own={int(number): text for number, text in stored["own"].items()},
        )

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {
            "version": self.version,
            "household": self.household,
            "common": self.common,
            "marked": sorted(self.marked),
            "own": {str(number): text for number, text in self.own.items()},
        }

    def on(self, version: int) -> SettlementForm:
        """Give the same content to a newer version of the list."""
        return replace(self, version=version)

    def field_of(self, number: int) -> str:
        """Name the field that tells a person's date."""
        return f"{DAY}-{number}" if self.own.get(number) else DAY

    def day_of(self, number: int) -> date | None:
        """Give a person's date; None where what was typed is none."""
        return read_day(self.own.get(number) or self.common)

    def moved_in(self) -> list[MovedIn]:
        """Tell who moved in. Only of a form without errors."""
        days = {number: self.day_of(number) for number in sorted(self.marked)}
        return [MovedIn(running_number=number, settlement_date=on) for number, on in days.items() if on is not None]

    def errors(self, waiting: Sequence[PersonState], today: date) -> list[FormError]:
        """Tell what must be mended, in the order of the page: each field once."""
        found: dict[str, FormError] = {}
        for error in self._errors(waiting, today):
            found.setdefault(error.field, error)
        return list(found.values())

    def _errors(self, waiting: Sequence[PersonState], today: date) -> Iterator[FormError]:
        marked = [person for person in waiting if person.running_number in self.marked]
        if not marked:
            yield FormError(f"{MOVED_IN}-{waiting[0].running_number}", _("Marker minst én person som har flyttet inn"))
        # The common date comes first on the page.
        for person in sorted(marked, key=lambda one: self.field_of(one.running_number) != DAY):
            number = person.running_number
            named = self.field_of(number)
            text = self.own.get(number) or self.common
            who = {"number": number}
            if not text:
                yield FormError(named, _("Fyll ut datoen husstanden flyttet inn"))
            elif (wrong := day_error(self.day_of(number), person, today)) is not None:
                yield FormError(named, _("Person %(number)s: ") % who + wrong)


def day_error(settled: date | None, person: PersonState, today: date) -> str | None:
    """Tell what is wrong with a settlement date, without its subject (domain §4)."""
    if settled is None:
        return _("skriv dag, måned og år, for eksempel 28.01.2026")
    if person.placed_on and settled < person.placed_on:
        return _("datoen kan ikke være før personen ble søkt ut, %(day)s") % {"day": day(person.placed_on)}
    if settled > today:
        return _("datoen er ikke kommet ennå. Registrer bosettingen når personen har flyttet inn")
    return None


@dataclass(frozen=True, slots=True)
class WeekForm:
    """The week that is planned for those of a household who have not moved in. Empty: none."""

    form_id: str
    version: int
    household: int
    week: str = ""

    @classmethod
    def of(cls, waiting: Sequence[PersonState], household: int, version: int) -> Self:
        """Give the form as it is opened: with the week that is planned."""
        plan = next((person.planned for person in waiting if person.planned), None)
        return cls(str(uuid4()), version, household, value_of(plan.week) if plan else "")

    @classmethod
    def parse(cls, data: Mapping[str, Any], household: int) -> Self:
        """Read what a browser sent."""
        return cls(form_id_of(data), version_of(data), household, _text(data.get(WEEK)))

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {"version": self.version, "household": self.household, "week": self.week}

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(form_id or str(uuid4()), stored["version"], stored["household"], stored["week"])

    def on(self, version: int) -> WeekForm:
        """Give the same content to a newer version of the list."""
        return replace(self, version=version)

    @property
    def chosen(self) -> Week | None:
        """The week, where it is one."""
        try:
            year, _dash, number = self.week.partition("-W")
            return Week(year=int(year), week=int(number))
        except ValueError:
            return None

    def errors(self) -> list[FormError]:
        """Tell what must be mended."""
        return [FormError(WEEK, _("Velg en uke fra listen"))] if self.week and self.chosen is None else []


def weeks(today: date, chosen: Week | None) -> list[tuple[str, Week, date, date]]:
    """Give the weeks that can be chosen: value, week, Monday and Sunday. One that was chosen before is among them."""
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(weeks=ahead) for ahead in range(WEEKS_AHEAD)]
    if chosen is not None and (first := date.fromisocalendar(chosen.year, chosen.week, 1)) not in days:
        days = sorted([*days, first])
    return [(value_of(week := _week(first)), week, first, first + timedelta(days=6)) for first in days]


def _week(first: date) -> Week:
    year, week, _weekday = first.isocalendar()
    return Week(year=year, week=week)


def value_of(week: Week) -> str:
    """Write a week as ISO 8601 does: ``2026-W53``."""
    return f"{week.year}-W{week.week:02}"


@dataclass(frozen=True, slots=True)
class CorrectionForm:
    """Another settlement date of one person, and why."""

    form_id: str
    version: int
    number: int
    day: str = ""
    reason: str = ""

    @classmethod
    def of(cls, person: PersonState, version: int) -> Self:
        """Give the form as it is opened: with the date that holds."""
        held = person.settlement_date.isoformat() if person.settlement_date else ""
        return cls(str(uuid4()), version, person.running_number, held)

    @classmethod
    def parse(cls, data: Mapping[str, Any], number: int) -> Self:
        """Read what a browser sent."""
        reason = str(data.get(REASON) or "").replace("\r\n", "\n").strip()
        return cls(form_id_of(data), version_of(data), number, _text(data.get(CORRECTED)), reason)

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {"version": self.version, "number": self.number, "day": self.day, "reason": self.reason}

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(form_id or str(uuid4()), stored["version"], stored["number"], stored["day"], stored["reason"])

    def on(self, version: int) -> CorrectionForm:
        """Give the same content to a newer version of the list."""
        return replace(self, version=version)

    @property
    def read(self) -> date | None:
        """The date; None where what was typed is none."""
        return read_day(self.day)

    def moved_in(self) -> list[MovedIn]:
        """Tell when the person moved in, and why another date was wrong. Only of a form without errors."""
        assert self.read is not None
        return [MovedIn(running_number=self.number, settlement_date=self.read, reason=self.reason)]

    def errors(self, person: PersonState, today: date) -> list[FormError]:
        """Tell what must be mended, in the order of the page."""
        return list(self._errors(person, today))

    def _errors(self, person: PersonState, today: date) -> Iterator[FormError]:
        if not self.day:
            yield FormError(CORRECTED, _("Bosettingsdato: fyll ut datoen personen flyttet inn"))
        elif (wrong := day_error(self.read, person, today)) is not None:
            yield FormError(CORRECTED, _("Bosettingsdato: ") + wrong)
        elif self.read == person.settlement_date:
            yield FormError(CORRECTED, _("Bosettingsdato: datoen er den som er registrert fra før"))
        if not self.reason:
            yield FormError(REASON, _("Skriv hvorfor datoen rettes"))
        elif len(self.reason) > LONGEST_REASON or "\x00" in self.reason:
            yield FormError(REASON, _("Begrunnelsen kan ha høyst 1000 tegn, og bare vanlige tegn"))


def _text(value: object) -> str:
    return str(value or "").strip()
