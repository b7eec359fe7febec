"""Reports between the lists over real Kafka and PostgreSQL: what goes in, and what comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.clock import FixedClock
from chassis.running.timers import fire
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions
from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.fields import Actor
from contracts.municipality import reports as v1
from contracts.municipality.codes import FamilyTie, ReportStatus, ReportStep
from ops.testing.databases import Databases
from services.municipality.bootstrap import bootstrap
from tests.integration.desks import NOW, Heard
from tests.integration.municipality.desk import MunicipalityDesk, open_desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOMES = v1.Homes(bedrooms=3, persons=5, available_from=date(2026, 12, 1), area="Nær skole og buss")
RIMA = v1.NamedPerson(name="Rima Eksempel", duf_number="202612345678")
NAMED = v1.NamedPersons(persons=[RIMA], tie=FamilyTie.SIBLING, note="Søsteren heter Amal")
SELF = v1.SelfSettlement(persons=[RIMA], address="Eksempelveien 1", moves_in=date(2027, 1, 15))
WORDS = ("Rima", "202612345678", "Amal", "Eksempelveien", "Nær skole")


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    return databases.migrated("services.municipality.migrations")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[MunicipalityDesk]:
    """Open the desk, with one replica of the service behind it."""
    async with open_desk(kafka, database_url) as desk, desk.service():
        await desk.hear(lambda heard: [record for record in heard if record.key == "register"])
        yield desk


def common(number: int | str, report_id: str, version: int = 0, **changes: Any) -> dict[str, Any]:
    actor = Actor(user_id="user-1", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
    return {
        "municipality_id": f"k-{number}", "report_id": report_id, "expected_version": version, "actor": actor,
    } | changes  # fmt: skip


async def ask(desk: MunicipalityDesk, body: v1.ReportCommand) -> Any:
    identity = str(uuid4())
    await desk.send(topics.MUNICIPALITY_COMMANDS, body.municipality_id, body, subject=body.subject, message_id=identity)
    [reply] = await desk.hear(lambda heard: [record for record in heard if record.key == identity])
    return reply.body


async def told(desk: MunicipalityDesk, subject: str, count: int) -> list[Heard]:
    """Wait for so many records about a report, and give them."""

    def found(heard: list[Heard]) -> list[Heard]:
        mine = [record for record in heard if record.envelope.subject == subject]
        return mine if len(mine) >= count else []

    found_first: list[Heard] = await desk.hear(found)
    return found_first


def on(records: list[Heard], topic: topics.Topic) -> list[Heard]:
    return [record for record in records if record.topic == topic.name]


async def test_weekly_places_are_told_from_command_to_state(desk: MunicipalityDesk) -> None:
    """Over New Year with its week 53: the fact, what goes to IMDi, and the state; changed, the history says what."""
    weeks = [v1.WeekPlaces(week="2026-W53", places=4), v1.WeekPlaces(week="2027-W01", places=12)]
    reply = await ask(desk, v1.ReportWeeklyPlaces(**common("0301", v1.WEEKLY_PLACES_ID), weeks=weeks))
    assert (reply.version, reply.subject) == (1, "k-0301/reports/weekly-places")
    weeks[0] = v1.WeekPlaces(week="2026-W53", places=0)
    assert (await ask(desk, v1.ReportWeeklyPlaces(**common("0301", v1.WEEKLY_PLACES_ID, 1), weeks=weeks))).version == 2
    records = await told(desk, "k-0301/reports/weekly-places", 6)
    assert [record.body.facts.weeks[0].places for record in on(records, topics.MUNICIPALITY_EVENTS)] == [4, 0]
    assert [record.body.weeks[0].places for record in on(records, topics.MUNICIPALITY_REPORTS)] == [4, 0]
    state = on(records, topics.MUNICIPALITY_STATE)[-1]
    assert (state.envelope.sequence, state.envelope.partition_key) == (2, "k-0301")
    assert state.body.weeks == weeks
    entered, changed = state.body.history
    assert (entered.step, changed.step, changed.by) == (ReportStep.ENTERED, ReportStep.CHANGED, "Kari Nordmann")
    assert changed.weeks == [v1.WeekChange(week="2026-W53", before=4, after=0)]
    refused = await ask(desk, v1.ReportWeeklyPlaces(**common("0301", v1.WEEKLY_PLACES_ID, 2),
                                                    weeks=[v1.WeekPlaces(week="2026-W47", places=1)]))  # fmt: skip
    assert (refused.problem, refused.params, refused.version) == ("week-over", {"week": "2026-W47"}, 2)


async def test_persons_go_to_imdi_and_to_the_municipalitys_page_and_nowhere_else(desk: MunicipalityDesk) -> None:
    """No event and no other state holds a name, number, address or word about them; withdrawn, no state does."""
    named, home, own = (str(uuid4()) for _ in range(3))
    await ask(desk, v1.ReportNamedPersons(**common(4601, named), named_persons=NAMED))
    await ask(desk, v1.ReportHousing(**common(4601, home), housing=HOMES))
    await ask(desk, v1.ReportSelfSettlement(**common(4601, own), self_settlement=SELF))
    for report_id in (named, own):
        await ask(desk, v1.WithdrawReport(**common(4601, report_id, 1)))
    for report_id in (named, own):
        records = await told(desk, f"k-4601/reports/{report_id}", 6)
        sent = [record.body for record in on(records, topics.MUNICIPALITY_REPORTS)]
        assert [one.status for one in sent] == [ReportStatus.OPEN, ReportStatus.WITHDRAWN]
        assert "Rima" in sent[0].model_dump_json()
        assert not any(word in sent[1].model_dump_json() for word in WORDS)
        first, last = (record.body for record in on(records, topics.PERSON_REPORTS))
        assert "Rima" in first.model_dump_json()
        assert not any(word in last.model_dump_json() for word in WORDS)
        assert (last.status, last.persons) == (ReportStatus.WITHDRAWN, 1)
    heard = await desk.hear_all()
    for record in [*on(heard, topics.MUNICIPALITY_EVENTS), *on(heard, topics.MUNICIPALITY_REPLIES)]:
        assert not any(word in record.body.model_dump_json() for word in WORDS)
    for record in on(heard, topics.MUNICIPALITY_STATE):
        assert not any(word in record.body.model_dump_json() for word in WORDS[:4])


async def test_time_asks_once_and_a_confirmation_answers(desk: MunicipalityDesk) -> None:
    """By the timer of whichever replica leads, however often it looks; a form from before the question still fits."""
    home = str(uuid4())
    subject = f"k-1103/reports/{home}"
    await ask(desk, v1.ReportHousing(**common(1103, home), housing=HOMES))
    later = FixedClock(NOW + timedelta(weeks=9))
    [timer] = [one for one in bootstrap(desk.settings).timers if one.name == "ask about reports"]
    pool = await create_pool(desk.database_url, name="test")
    for minutes in range(3):
        later.advance(timedelta(minutes=minutes))
        assert await fire(timer, Transactions(pool, "/fordeling/municipality", later))
    await pool.close()
    await told(desk, subject, 5)
    reply = await ask(desk, v1.ConfirmReport(**common(1103, home, 1)))
    assert reply.version == 3
    records = await told(desk, subject, 7)
    asked = [
        record for record in on(records, topics.MUNICIPALITY_EVENTS) if isinstance(record.body, v1.ReportQuestioned)
    ]
    assert [record.envelope.id for record in asked] == [
        f"municipality.report-questioned.v1:{subject}:{NOW.isoformat()}"
    ]
    states = [record.body for record in on(records, topics.MUNICIPALITY_STATE)]
    assert [one.questioned_at is not None for one in states] == [False, True, False]
    assert not on(records, topics.MUNICIPALITY_REPORTS)[1:]


async def test_a_list_answers_a_report_of_self_settlement(desk: MunicipalityDesk) -> None:
    """It is kept with the report, whose persons are erased; the list's persons hold places as of any list."""
    own, number = str(uuid4()), 5001
    await ask(desk, v1.ReportSelfSettlement(**common(number, own), self_settlement=SELF))
    event = distribution.ListReceived(
        list_id="FL-2026-005001",
        municipality_id=f"k-{number}",
        year=2026,
        deadline=date(2026, 12, 1),
        persons=[distribution.PersonPlace(running_number=1, place_kind=codes.PlaceKind.ORDINARY)],
        self_settlement=own,
    )
    await desk.send(topics.DISTRIBUTION_EVENTS, event.municipality_id, event, subject=event.list_id, sequence=1)
    records = await told(desk, f"k-{number}/reports/{own}", 5)
    [answered] = [record for record in records if isinstance(record.body, v1.ReportAnswered)]
    assert (answered.body.list_id, answered.envelope.causation_id) == (
        "FL-2026-005001", "distribution.list-received.v1:FL-2026-005001:1",
    )  # fmt: skip
    state = on(records, topics.PERSON_REPORTS)[-1].body
    assert (state.status, state.list_id, state.self_settlement) == (ReportStatus.ANSWERED, "FL-2026-005001", None)
    year = await desk.hear(lambda heard: [record for record in heard if record.key == f"k-{number}/2026"])
    assert year[-1].body.ordinary.requested == 1
    refused = await ask(desk, v1.WithdrawReport(**common(number, own, 2)))
    assert (refused.problem, refused.params) == ("report-closed", {"status": "answered"})
