"""What each kind of report asks for: its fields from what it says, what is wrong in them, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind
from contracts.municipality.reports import (
    LONGEST_NOTE,
    MOST_PERSONS,
    WEEKLY_PLACES_ID,
    NamedPerson,
    PersonReportState,
    ReportCommand,
    ReportHousing,
    ReportNamedPersons,
    ReportSelfSettlement,
    ReportState,
    ReportWeeklyPlaces,
)
from contracts.weeks import monday_of, weeks_from
from gateway.language import _
from gateway.pages.form_fields import FormError
from gateway.pages.format import day, number, week_name
from gateway.pages.report_form import ReportForm
from gateway.readmodel.reports import State

WEEKS_SHOWN = 12
WEEKS_AHEAD = 53
"""Weeks from this one on of which the owner takes places."""
FURTHEST = timedelta(days=366)
"""A home or a move further away than this is a mistyped year, as the owner has it."""
MOST_PLACES, MOST_HOMES, MOST_BEDROOMS, MOST_IN_A_HOME = 10_000, 500, 20, 50
LONGEST_AREA = LONGEST_NAME = LONGEST_ADDRESS = 200
DUF = re.compile(r"\d{12}")
MANY_DIGITS = re.compile(r"(?:\d[\s.-]?){11,12}")
"""What is an identity or a DUF number."""
WEEK, NAME, DUF_FIELD = "uke-", "navn-", "duf-"


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind: how its form is filled, checked and read. ``slug``: its name in addresses."""

    slug: str
    command: type[ReportCommand]
    typed: Callable[[Any], dict[str, str]]
    errors: Callable[[ReportForm, date], Iterator[FormError]]
    said: Callable[[ReportForm], dict[str, Any]]


def shown_weeks(told: State | None, today: date) -> list[str]:
    """Give the weeks of the form: twelve from this one on, and further to the last that is told of."""
    last = max((one.week for one in told.weeks), default="") if isinstance(told, ReportState) else ""
    weeks = weeks_from(today, WEEKS_AHEAD + 1)
    return [week for place, week in enumerate(weeks) if place < WEEKS_SHOWN or week <= last]


def _weeks_typed(state: ReportState) -> dict[str, str]:
    return {f"{WEEK}{one.week}": str(one.places) for one in state.weeks}


def _weeks_errors(form: ReportForm, _today: date) -> Iterator[FormError]:
    for name, typed in sorted(form.typed.items()):
        if name.startswith(WEEK) and typed and form.number(name, MOST_PLACES) is None:
            week = week_name(name.removeprefix(WEEK)).capitalize()
            if typed.startswith(("-", "−")):
                yield FormError(name, _("%(week)s: tallet kan ikke være mindre enn 0") % {"week": week})
            else:
                text = _("%(week)s: skriv et helt tall fra 0 til %(most)s, eller la feltet stå tomt")
                yield FormError(name, text % {"week": week, "most": number(MOST_PLACES)})


def _weeks_said(form: ReportForm) -> dict[str, Any]:
    weeks = (name.removeprefix(WEEK) for name, typed in form.typed.items() if name.startswith(WEEK) and typed)
    return {"weeks": [{"week": week, "places": form.number(WEEK + week, MOST_PLACES)} for week in weeks if _is(week)]}


def _is(week: str) -> bool:
    try:
        monday_of(week)
    except ValueError:
        return False
    return True


def _homes_typed(state: ReportState) -> dict[str, str]:
    said = state.housing
    if said is None:
        return {}
    return {
        "antall": str(said.homes),
        "soverom": str(said.bedrooms),
        "personer": str(said.persons),
        "ledig_fra": said.available_from.isoformat(),
        "omrade": said.area,
        **{f"egnet-{feature.value}": "ja" for feature in said.features},
    }


def _homes_errors(form: ReportForm, today: date) -> Iterator[FormError]:
    yield from _number(form, "antall", _("Antall boliger"), 1, MOST_HOMES)
    yield from _number(form, "soverom", _("Soverom"), 0, MOST_BEDROOMS)
    yield from _number(form, "personer", _("Plass til"), 1, MOST_IN_A_HOME)
    yield from _day(form, "ledig_fra", _("Ledig fra"), today)
    yield from _words(form, "omrade", _("Område"), LONGEST_AREA)
    if MANY_DIGITS.search(form.value("omrade")):
        yield FormError("omrade", _("Område: skriv ikke fødselsnummer eller DUF-nummer"))


def _homes_said(form: ReportForm) -> dict[str, Any]:
    return {
        "housing": {
            "homes": form.number("antall", MOST_HOMES),
            "bedrooms": form.number("soverom", MOST_BEDROOMS),
            "persons": form.number("personer", MOST_IN_A_HOME),
            "available_from": form.day("ledig_fra"),
            "features": [feature for feature in HomeFeature if f"egnet-{feature.value}" in form.typed],
            "area": form.value("omrade"),
        }
    }


def _people_typed(persons: list[NamedPerson]) -> dict[str, str]:
    typed = {}
    for place, one in enumerate(persons, 1):
        typed[f"{NAME}{place}"] = one.name
        typed[f"{DUF_FIELD}{place}"] = one.duf_number or ""
    return typed


def _people_errors(form: ReportForm) -> Iterator[FormError]:
    named = False
    for place in range(1, MOST_PERSONS + 1):
        who, duf = form.value(f"{NAME}{place}"), re.sub(r"\s", "", form.value(f"{DUF_FIELD}{place}"))
        named = named or bool(who)
        at = {"number": place}
        if duf and not who:
            yield FormError(f"{NAME}{place}", _("Person %(number)s: fyll ut navnet") % at)
        if len(who) > LONGEST_NAME or not (who or "x").isprintable():
            yield FormError(f"{NAME}{place}", _("Person %(number)s: skriv navnet med høyst 200 tegn") % at)
        if duf and not DUF.fullmatch(duf):
            yield FormError(f"{DUF_FIELD}{place}", _("Person %(number)s: et DUF-nummer har 12 sifre") % at)
    if not named:
        yield FormError(f"{NAME}1", _("Person 1: fyll ut navnet på minst én person"))


def _people_said(form: ReportForm) -> list[dict[str, Any]]:
    places = (place for place in range(1, MOST_PERSONS + 1) if form.value(f"{NAME}{place}"))
    return [
        {
            "name": form.value(f"{NAME}{place}"),
            "duf_number": re.sub(r"\s", "", form.value(f"{DUF_FIELD}{place}")) or None,
        }
        for place in places
    ]


def _named_typed(state: PersonReportState) -> dict[str, str]:
    said = state.named_persons
    return {} if said is None else {**_people_typed(said.persons), "knytning": said.tie.value, "merknad": said.note}


def _named_errors(form: ReportForm, _today: date) -> Iterator[FormError]:
    yield from _people_errors(form)
    if form.value("knytning") not in set(FamilyTie):
        yield FormError("knytning", _("Tilknytning: velg hvorfor kommunen ber om personene"))
    elif form.value("knytning") == FamilyTie.OTHER and not form.value("merknad"):
        yield FormError("merknad", _("Merknad: skriv hva tilknytningen er, siden dere har valgt «Annet»"))
    yield from _words(form, "merknad", _("Merknad"), LONGEST_NOTE)


def _named_said(form: ReportForm) -> dict[str, Any]:
    return {
        "named_persons": {
            "persons": _people_said(form),
            "tie": form.value("knytning"),
            "note": form.value("merknad"),
        }
    }


def _self_typed(state: PersonReportState) -> dict[str, str]:
    said = state.self_settlement
    if said is None:
        return {}
    return {
        **_people_typed(said.persons),
        "adresse": said.address,
        "innflytting": said.moves_in.isoformat(),
        "merknad": said.note,
    }


def _self_errors(form: ReportForm, today: date) -> Iterator[FormError]:
    yield from _people_errors(form)
    address = form.value("adresse")
    if not address:
        yield FormError("adresse", _("Adresse: fyll ut adressen til boligen de har funnet"))
    elif len(address) > LONGEST_ADDRESS or not address.isprintable():
        yield FormError("adresse", _("Adresse: skriv høyst 200 tegn, på én linje"))
    yield from _day(form, "innflytting", _("Innflytting"), today)
    yield from _words(form, "merknad", _("Merknad"), LONGEST_NOTE)


def _self_said(form: ReportForm) -> dict[str, Any]:
    return {
        "self_settlement": {
            "persons": _people_said(form),
            "address": form.value("adresse"),
            "moves_in": form.day("innflytting"),
            "note": form.value("merknad"),
        }
    }


def _number(form: ReportForm, name: str, words: str, least: int, most: int) -> Iterator[FormError]:
    found = form.number(name, most)
    if not form.value(name):
        yield FormError(name, _("%(name)s: fyll ut et tall") % {"name": words})
    elif found is None or found < least:
        text = _("%(name)s: skriv et helt tall fra %(least)s til %(most)s")
        yield FormError(name, text % {"name": words, "least": least, "most": most})


def _day(form: ReportForm, name: str, words: str, today: date) -> Iterator[FormError]:
    found = form.day(name)
    if not form.value(name):
        yield FormError(name, _("%(name)s: fyll ut datoen") % {"name": words})
    elif found is None:
        yield FormError(name, _("%(name)s: skriv dag, måned og år, for eksempel 01.12.2026") % {"name": words})
    elif not today - FURTHEST <= found <= today + FURTHEST:
        limits = {"name": words, "earliest": day(today - FURTHEST), "latest": day(today + FURTHEST)}
        text = _("%(name)s: datoen må være mellom %(earliest)s og %(latest)s. Sjekk årstallet")
        yield FormError(name, text % limits)


def _words(form: ReportForm, name: str, words: str, longest: int) -> Iterator[FormError]:
    typed = form.value(name)
    if len(typed) > longest:
        text = _("%(name)s: teksten er på %(length)s tegn. Den kan ha høyst %(longest)s")
        yield FormError(name, text % {"name": words, "length": number(len(typed)), "longest": number(longest)})
    if "\x00" in typed:
        yield FormError(
            name, _("%(name)s: teksten har et tegn som ikke kan lagres. Skriv den på nytt") % {"name": words}
        )


SORTS: Mapping[ReportKind, Sort] = {
    ReportKind.WEEKLY_PLACES: Sort("antall-plasser", ReportWeeklyPlaces, _weeks_typed, _weeks_errors, _weeks_said),
    ReportKind.HOUSING: Sort("boliger", ReportHousing, _homes_typed, _homes_errors, _homes_said),
    ReportKind.NAMED_PERSONS: Sort("bestemte-personer", ReportNamedPersons, _named_typed, _named_errors, _named_said),
    ReportKind.SELF_SETTLEMENT: Sort("selvbosetting", ReportSelfSettlement, _self_typed, _self_errors, _self_said),
}
BY_SLUG: Mapping[str, ReportKind] = {sort.slug: kind for kind, sort in SORTS.items()}


def form_of(kind: ReportKind, state: State | None, version: int) -> ReportForm:
    """Give the form with what a report says; without one, an empty form of a new report."""
    if state is None:
        return ReportForm.new(kind, WEEKLY_PLACES_ID if kind is ReportKind.WEEKLY_PLACES else None)
    return ReportForm.new(kind, state.report_id, version=version, typed=SORTS[kind].typed(state))
