"""Reports between the lists, as their owner would keep and tell them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from contracts.envelope import Message
from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind, ReportStatus, ReportStep
from contracts.municipality.reports import (
    WEEKLY_PLACES_ID,
    Homes,
    NamedPerson,
    NamedPersons,
    PersonReportState,
    ReportChange,
    ReportCommand,
    ReportHousing,
    ReportNamedPersons,
    ReportSelfSettlement,
    ReportState,
    ReportWeeklyPlaces,
    SelfSettlement,
    WeekPlaces,
    WithdrawReport,
)
from contracts.outcomes import CommandAccepted, CommandRefused
from contracts.weeks import weeks_from
from tests.browser.stage import world
from tests.browser.stage.world import OSLO

State = ReportState | PersonReportState


def identity(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"report/{name}"))


HOME, OLD_HOME, ADAPTED, NAMED, SELF = (identity(name) for name in ("home", "old", "adapted", "named", "self"))
KINDS: dict[type[Message], ReportKind] = {
    ReportWeeklyPlaces: ReportKind.WEEKLY_PLACES,
    ReportHousing: ReportKind.HOUSING,
    ReportNamedPersons: ReportKind.NAMED_PERSONS,
    ReportSelfSettlement: ReportKind.SELF_SETTLEMENT,
}


def _standing(kind: ReportKind, report_id: str, *, days: int, **changes: Any) -> dict[str, Any]:
    at = world.now() - timedelta(days=days)
    entered = ReportChange(version=1, at=at, step=ReportStep.ENTERED, by="Ingrid Haugen")
    return {
        "municipality_id": OSLO, "report_id": report_id, "kind": kind, "status": ReportStatus.OPEN, "entered_at": at,
        "valid_from": at, "history": [entered],
    } | changes  # fmt: skip


def reports() -> Iterator[State]:
    """Give what Oslo has told from the beginning."""
    today = world.now().date()
    weeks = [
        WeekPlaces(week=week, places=places) for week, places in zip(weeks_from(today, 5), (6, 6, 4, 0, 8), strict=True)
    ]
    yield ReportState(**_standing(ReportKind.WEEKLY_PLACES, WEEKLY_PLACES_ID, days=9, weeks=weeks))
    family = Homes(homes=2, bedrooms=3, persons=5, available_from=today, features=[HomeFeature.STEP_FREE],
                   area="Rolig strøk nær skole og buss")  # fmt: skip
    yield ReportState(**_standing(ReportKind.HOUSING, HOME, days=5, housing=family))
    every = [HomeFeature.STEP_FREE, HomeFeature.WHEELCHAIR_ACCESS, HomeFeature.NEAR_HOSPITAL]
    adapted = Homes(bedrooms=2, persons=4, available_from=today + timedelta(days=40), features=every)
    yield ReportState(**_standing(ReportKind.HOUSING, ADAPTED, days=12, housing=adapted))
    small = Homes(bedrooms=1, persons=1, available_from=today - timedelta(days=60), area="Sentrum")
    asked = {"questioned_at": world.now() - timedelta(days=2)}
    yield ReportState(**_standing(ReportKind.HOUSING, OLD_HOME, days=30, housing=small, **asked))
    people = [NamedPerson(name="Rima Eksempel", duf_number="202612345678"), NamedPerson(name="Sami Eksempel")]
    said = NamedPersons(persons=people, tie=FamilyTie.SIBLING, note="Søsteren har bodd i kommunen siden 2023.")
    yield PersonReportState(**_standing(ReportKind.NAMED_PERSONS, NAMED, days=3, persons=2, named_persons=said))
    moving = SelfSettlement(persons=people, address="Eksempelveien 1, 0001 Oslo", moves_in=today + timedelta(days=20))
    yield PersonReportState(**_standing(ReportKind.SELF_SETTLEMENT, SELF, days=2, persons=2, self_settlement=moving))


def decided(
    command_id: str, body: ReportCommand, known: tuple[State, int] | None
) -> tuple[Message, tuple[State, int] | None]:
    """Take a command as the owner does. Gives the reply, and the report as it is then; None: nothing changed."""
    version = known[1] if known else 0
    subject, told = body.subject, {"command_id": command_id, "subject": body.subject}
    if body.expected_version != version:
        params = {"expected": str(body.expected_version), "actual": str(version)}
        return CommandRefused(**told, version=version, problem="changed-meanwhile", params=params), None
    at, step = world.now(), ReportStep.CHANGED if known else ReportStep.ENTERED
    update: dict[str, Any] = {"valid_from": at, "questioned_at": None}
    if isinstance(body, WithdrawReport):
        step = ReportStep.WITHDRAWN
        update = {"status": ReportStatus.WITHDRAWN, "closed_at": at, "named_persons": None, "self_settlement": None}
    elif type(body) not in KINDS:
        step = ReportStep.CONFIRMED
    change = ReportChange(version=version + 1, at=at, step=step, by=body.actor.display_name)
    state = known[0] if known else _new(body)
    said = body.model_dump(exclude={"municipality_id", "report_id", "expected_version", "actor"})
    made = state.model_dump() | said | update | {"history": [*state.history, change]}
    for part in ("named_persons", "self_settlement"):
        if said.get(part):
            made["persons"] = len(said[part]["persons"])
    new = type(state).model_validate(made)
    assert f"{new.municipality_id}/reports/{new.report_id}" == subject
    return CommandAccepted(**told, version=version + 1), (new, version + 1)


def _new(body: ReportCommand) -> State:
    kind = KINDS[type(body)]
    standing = _standing(kind, body.report_id, days=0, municipality_id=body.municipality_id, history=[])
    return PersonReportState(**standing, persons=1) if kind.about_persons else ReportState(**standing)
