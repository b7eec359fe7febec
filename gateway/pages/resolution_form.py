"""The form of a resolution: what it holds, how it is read back, and what is wrong with it before it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self
from uuid import uuid4

from contracts.codes import PlaceKind
from contracts.municipality.v1 import Request
from gateway.language import _
from gateway.pages.answer_form import form_id_of, version_of
from gateway.pages.days import read_day
from gateway.pages.form_fields import FormError
from gateway.pages.format import day, number
from gateway.readmodel.agreements import Agreement

MOST_PLACES = 100_000
LONGEST_CASE = 200
YEARS_AHEAD = 2
"""How many years ahead of this one a municipality may resolve, and how long before its year: as the owner has it."""

ORDINARY, MINORS, DAY, CASE, MORE = "ordinare", "em", "vedtaksdato", "saksnummer", "flere"
FIELDS = {PlaceKind.ORDINARY: ORDINARY, PlaceKind.UNACCOMPANIED_MINOR: MINORS}


@dataclass(frozen=True, slots=True)
class ResolutionForm:
    """What was typed, as it was typed. ``version``: of the year it was filled from."""

    form_id: str
    version: int
    year: int
    ordinary: str = ""
    minors: str = ""
    resolved_on: str = ""
    case_number: str = ""
    more: bool = False

    @classmethod
    def of(cls, found: Agreement) -> Self:
        """Give the form as it is opened: with what holds, or with nothing. Nothing is not zero."""
        made = found.state.resolution if found.state else None
        if made is None:
            return cls(str(uuid4()), found.version, found.year)
        return cls(
            form_id=str(uuid4()),
            version=found.version,
            year=found.year,
            ordinary=str(made.ordinary_places),
            minors=str(made.unaccompanied_minor_places),
            resolved_on=made.resolved_on.isoformat(),
            case_number=made.case_number,
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any], year: int) -> Self:
        """Read what a browser sent."""
        return cls(
            form_id=form_id_of(data),
            version=version_of(data),
            year=year,
            ordinary=_text(data.get(ORDINARY)),
            minors=_text(data.get(MINORS)),
            resolved_on=_text(data.get(DAY)),
            case_number=_text(data.get(CASE)),
            more=MORE in data,
        )

    @classmethod
    def kept(cls, stored: Mapping[str, Any], form_id: str | None = None) -> Self:
        """Restore a form from what ``as_stored`` made; without its id under a new one, to be a new command."""
        return cls(form_id=form_id or str(uuid4()), **stored)

    def as_stored(self) -> dict[str, Any]:
        """Give the form as JSON, to be kept until its outcome is known."""
        return {
            "version": self.version,
            "year": self.year,
            "ordinary": self.ordinary,
            "minors": self.minors,
            "resolved_on": self.resolved_on,
            "case_number": self.case_number,
            "more": self.more,
        }

    def on(self, version: int) -> ResolutionForm:
        """Give the same content to a newer version of the year."""
        return replace(self, version=version)

    def typed(self, kind: PlaceKind) -> str:
        """Give what was typed for one kind of place."""
        return self.ordinary if kind is PlaceKind.ORDINARY else self.minors

    def places(self, kind: PlaceKind) -> int | None:
        """Read the number of places; None where it is none."""
        digits = re.sub(r"[\s\u00a0\u202f]", "", self.typed(kind))
        found = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None  # noqa: PLR2004
        return found if found is not None and found <= MOST_PLACES else None

    @property
    def day(self) -> date | None:
        """The date of the resolution, as a browser sends it or as Norwegians write it; None where it is none."""
        return read_day(self.resolved_on)

    def exceeded(self, request: Request | None) -> list[PlaceKind]:
        """Tell the kinds of which there are more than IMDi asks for."""
        if request is None:
            return []
        asked = {
            PlaceKind.ORDINARY: request.ordinary_places,
            PlaceKind.UNACCOMPANIED_MINOR: request.unaccompanied_minor_places,
        }
        return [kind for kind in PlaceKind if (self.places(kind) or 0) > asked[kind]]

    def errors(self, request: Request | None, today: date) -> list[FormError]:
        """Tell what must be mended, in the order of the page."""
        return list(self._errors(request, today))

    def _errors(self, request: Request | None, today: date) -> Iterator[FormError]:
        names = {PlaceKind.ORDINARY: _("Ordinære plasser"), PlaceKind.UNACCOMPANIED_MINOR: _("Enslige mindreårige")}
        for kind, name in names.items():
            if self.places(kind) is None:
                yield FormError(FIELDS[kind], self._number_error(kind) % {"name": name, "most": number(MOST_PLACES)})
        yield from self._day_errors(today)
        if not self.case_number:
            yield FormError(CASE, _("Saksnummer: fyll ut nummeret på saken der vedtaket er gjort"))
        elif len(self.case_number) > LONGEST_CASE or not self.case_number.isprintable():
            yield FormError(CASE, _("Saksnummer: skriv høyst 200 tegn, på én linje"))
        if self.exceeded(request) and not self.more:
            yield FormError(MORE, _("Vedtaket er på flere plasser enn IMDi ber om: rett tallet, eller bekreft det"))

    def _number_error(self, kind: PlaceKind) -> str:
        if not self.typed(kind):
            return _("%(name)s: fyll ut et tall. Skriv 0 hvis kommunen har vedtatt å ikke ta imot noen")
        if self.typed(kind).startswith(("-", "−")):
            return _("%(name)s: tallet kan ikke være mindre enn 0")
        return _("%(name)s: skriv et helt tall fra 0 til %(most)s, bare med sifre")

    def _day_errors(self, today: date) -> Iterator[FormError]:
        resolved, earliest = self.day, date(self.year - YEARS_AHEAD, 1, 1)
        if not self.resolved_on:
            yield FormError(DAY, _("Vedtaksdato: fyll ut datoen vedtaket ble gjort"))
        elif resolved is None:
            yield FormError(DAY, _("Vedtaksdato: skriv dag, måned og år, for eksempel 28.01.2026"))
        elif resolved > today:
            yield FormError(DAY, _("Vedtaksdato: datoen kan ikke være etter i dag"))
        elif resolved < earliest:
            yield FormError(DAY, _("Vedtaksdato: datoen kan ikke være før %(day)s") % {"day": day(earliest)})


def _text(value: object) -> str:
    return " ".join(str(value or "").split(" ")).strip()
