"""Reports between the lists for the gateway's unit tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind, ReportStatus, ReportStep
from contracts.municipality.reports import (
    WEEKLY_PLACES_ID,
    Homes,
    NamedPerson,
    NamedPersons,
    PersonReportState,
    ReportChange,
    ReportState,
    SelfSettlement,
    WeekChange,
    WeekPlaces,
)
from tests.unit.gateway.samples import NOW, OSLO

HOME = "0b9f1d52-6a5e-4c3f-9d0a-1c2b3d4e5f60"
NAMED = "3c8a7e10-5b2d-4f6e-8a9b-0c1d2e3f4a5b"
SELF = "7d6e5f40-1a2b-4c3d-9e8f-a0b1c2d3e4f5"
ENTERED = ReportChange(version=1, at=NOW - timedelta(weeks=5), step=ReportStep.ENTERED, by="Ola Dahl")


def standing(kind: ReportKind, report_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "municipality_id": OSLO, "report_id": report_id, "kind": kind, "status": ReportStatus.OPEN,
        "entered_at": NOW - timedelta(weeks=5), "valid_from": NOW - timedelta(weeks=5), "history": [ENTERED],
    } | changes  # fmt: skip


def weekly(**changes: Any) -> ReportState:
    weeks = [WeekPlaces(week="2026-W48", places=6), WeekPlaces(week="2026-W53", places=0)]
    told = ENTERED.model_copy(update={"weeks": [WeekChange(week="2026-W53", before=None, after=0)]})
    made = {"weeks": weeks, "history": [told]} | changes
    return ReportState(**standing(ReportKind.WEEKLY_PLACES, WEEKLY_PLACES_ID, **made))


def homes(report_id: str = HOME, said: dict[str, Any] | None = None, **changes: Any) -> ReportState:
    housing = {
        "homes": 2, "bedrooms": 3, "persons": 5, "available_from": date(2026, 12, 1),
        "features": [HomeFeature.STEP_FREE], "area": "Nær skole og buss",
    } | (said or {})  # fmt: skip
    return ReportState(**standing(ReportKind.HOUSING, report_id, housing=Homes(**housing), **changes))


def named(**changes: Any) -> PersonReportState:
    people = [NamedPerson(name="Rima Eksempel", duf_number="202612345678")]
    said = NamedPersons(persons=people, tie=FamilyTie.SIBLING, note="Søsteren bor her")
    made = {"persons": 1, "named_persons": said} | changes
    return PersonReportState(**standing(ReportKind.NAMED_PERSONS, NAMED, **made))


def self_settlement(**changes: Any) -> PersonReportState:
    said = SelfSettlement(
        persons=[NamedPerson(name="Rima Eksempel"), NamedPerson(name="Sami Eksempel")],
        address="Eksempelveien 1, 0001 Oslo",
        moves_in=date(2027, 1, 15),
    )
    made = {"persons": 2, "self_settlement": said} | changes
    return PersonReportState(**standing(ReportKind.SELF_SETTLEMENT, SELF, **made))
