"""What the demonstration's municipalities report between the lists: weekly places, homes, persons they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from contracts.fields import Actor
from contracts.imdi.v1 import Identity
from contracts.municipality.codes import FamilyTie, HomeFeature
from contracts.municipality.reports import (
    Homes,
    NamedPerson,
    NamedPersons,
    ReportCommand,
    ReportHousing,
    ReportNamedPersons,
    ReportSelfSettlement,
    ReportWeeklyPlaces,
    SelfSettlement,
    WeekPlaces,
)
from contracts.weeks import weeks_from
from ops.demo.answers import caseworker
from ops.demo.lists import MUNICIPALITIES, SELF_SETTLEMENT, DemoList, report_id
from ops.demo.people import Setting, household

_WEEKS = 10
_LARGE = 150
"""Yearly places from which a municipality is one of the larger: it has more homes, and asks for persons."""
_HOMES = (
    Homes(
        homes=3, bedrooms=1, persons=2, available_from=date.min, area="Sentrum, nær buss",
        features=[HomeFeature.STEP_FREE, HomeFeature.GROUND_FLOOR],
    ),
    Homes(homes=2, bedrooms=3, persons=4, available_from=date.min, area="Nær skole og barnehage"),
    Homes(
        homes=1, bedrooms=4, persons=6, available_from=date.min, area="Rekkehus med hage",
        features=list(HomeFeature),
    ),
)  # fmt: skip
"""From small to large; a small municipality has the first two."""


def reports(seed: int, lists: Sequence[DemoList], today: date) -> Iterator[ReportCommand]:
    """Invent what each municipality reports; the same seed and day give the same. Each command enters a new report.

    Agreed self-settlement is reported where one of ``lists`` is IMDi's answer to it, with that list's persons.
    """
    random = Random(f"{seed}/reports")
    answers = {demo.body.municipality_number: demo for demo in lists if demo.body.self_settlement}
    for municipality in MUNICIPALITIES:
        number, places = municipality.number, municipality.ordinary_places
        actor = caseworker(random, f"k-{number}")
        weeks = [
            WeekPlaces(week=week, places=random.randint(0, max(2, places // 40))) for week in weeks_from(today, _WEEKS)
        ]
        yield ReportWeeklyPlaces(**_common(number, "", actor), weeks=weeks)
        for index, homes in enumerate(_HOMES if places >= _LARGE else _HOMES[:2]):
            ready = homes.model_copy(update={"available_from": today + timedelta(days=random.randint(-7, 30))})
            yield ReportHousing(**_common(number, f"housing/{index}", actor), housing=ready)
        if places >= _LARGE:
            asked = [_named(person.identity) for person in household(random, 1, 1, Setting(today))]
            said = NamedPersons(persons=asked, tie=random.choice((FamilyTie.SIBLING, FamilyTie.PARENT)))
            yield ReportNamedPersons(**_common(number, "named-persons", actor), named_persons=said)
        if number in answers:
            yield _self_settlement(answers[number], actor, today)


def _self_settlement(answer: DemoList, actor: Actor, today: date) -> ReportSelfSettlement:
    said = SelfSettlement(
        persons=[_named(person.identity) for person in answer.body.persons],
        address="Solbakken 4",
        moves_in=today + timedelta(weeks=5),
        note="Familien har leid boligen selv, og vi er enige om datoen.",
    )
    number = answer.body.municipality_number
    return ReportSelfSettlement(**_common(number, SELF_SETTLEMENT, actor), self_settlement=said)


def _named(identity: Identity) -> NamedPerson:
    return NamedPerson(name=f"{identity.given_name} {identity.family_name}", duf_number=identity.duf_number)


def _common(number: str, what: str, actor: Actor) -> dict[str, object]:
    common: dict[str, object] = {"municipality_id": f"k-{number}", "expected_version": 0, "actor": actor}
    return common | {"report_id": report_id(number, what)} if what else common
