"""Settlement over real Kafka and PostgreSQL: a household moves in over New Year, by a week 53 that was planned."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Message
from contracts.fields import Actor
from contracts.imdi.v1 import WithdrawPersons
from contracts.outcomes import CommandAccepted, CommandRefused
from ops.testing.databases import Databases
from tests.integration.desks import Heard
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
"""A second before midnight in Oslo."""
LIST = "FL-2026-000001"
PLACED_ON, NEW_YEAR = date(2026, 12, 31), date(2027, 1, 1)
HEALTH = "Bruker insulin."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, databases: Databases) -> AsyncIterator[DistributionDesk]:
    url = databases.migrated("services.distribution.migrations")
    async with open_desk(kafka, url) as desk:
        await desk.tell_register("0301")
        yield desk


def at(version: int, actor: Actor = KARI) -> dict[str, Any]:
    return {"list_id": LIST, "municipality_id": "k-0301", "expected_version": version, "actor": actor}


def moved_in(number: int, day: date, reason: str | None = None) -> v1.MovedIn:
    return v1.MovedIn(running_number=number, settlement_date=day, reason=reason)


def of(desk: DistributionDesk, *kinds: type[Message]) -> list[Heard]:
    return [one for one in desk.heard if one.envelope.subject.startswith(LIST) and isinstance(one.body, kinds)]


async def test_a_household_moves_in_on_the_day_it_is_in_oslo(desk: DistributionDesk) -> None:
    """Not a second before midnight; then two at once, each a fact of the old year's agreement; all or nothing."""
    persons = [offered(number, household=1, identity={"health_note": HEALTH}) for number in (1, 2)]
    decisions = [v1.Decision(running_number=number) for number in (1, 2, 3)]
    week = v1.Week(year=2026, week=53)
    async with desk.service(NEW_YEARS_EVE):
        await desk.publish(body(LIST, persons=[*persons, offered(3)]))
        await desk.hear(lambda _: of(desk, v1.ListState))
        await desk.ask(v1.ApproveList(**at(1), decisions=decisions))
        assert (await desk.ask(v1.SendAnswer(**at(3), accepted_at=NEW_YEARS_EVE))).version == 5
        planned = await desk.ask(v1.PlanSettlement(**at(5), running_numbers=[1, 2], week=week))
        assert planned == CommandAccepted(command_id=planned.command_id, subject=LIST, version=6)
        early = v1.RegisterSettlements(**at(6), persons=[moved_in(1, NEW_YEAR), moved_in(2, NEW_YEAR)])
        refused = await desk.ask(early)
        assert (refused.problem, refused.params["today"]) == ("settlement-in-future", "2026-12-31")
    async with desk.service(NEW_YEARS_EVE + timedelta(seconds=1)):
        half = v1.RegisterSettlements(**at(6), persons=[moved_in(1, NEW_YEAR), moved_in(2, date(2026, 12, 30))])
        refused = await desk.ask(half)
        assert refused.params == {"placed_on": "2026-12-31", "running_number": "2"}
        command_id = str(uuid4())
        assert (await desk.ask(early, command_id)).version == 8
        assert (await desk.ask(early, command_id, count=2)).version == 8
        await desk.hear_all()
    [first, second] = [one.body for one in of(desk, v1.PersonSettled)]
    for number, event in ((1, first), (2, second)):
        assert event.person.running_number == number
        assert (event.placed_on, event.settlement_date, event.corrects) == (PLACED_ON, NEW_YEAR, None)
    [plan] = of(desk, v1.SettlementPlanned)
    assert (plan.envelope.sequence, plan.body.running_numbers, plan.body.week) == (6, [1, 2], week)
    assert {one.body.health_note for one in of(desk, v1.PersonFolderState)} == {HEALTH, None}
    assert HEALTH not in "".join(one.body.model_dump_json() for one in of(desk, v1.PersonState, v1.ListEvent))


async def test_a_correction_travels_with_its_history_and_without_its_reason_to_imdi(desk: DistributionDesk) -> None:
    """The fact names what it corrects; the state has who, when, from, to and why; without a reason it is refused."""
    later = NEW_YEARS_EVE + timedelta(days=4)
    async with desk.service(later):
        refused = await desk.ask(v1.RegisterSettlements(**at(8, OLA), persons=[moved_in(1, date(2027, 1, 2))]))
        assert (refused.problem, refused.params) == ("correction-reason-missing", {"running_numbers": "1"})
        correct = v1.RegisterSettlements(**at(8, OLA), persons=[moved_in(1, date(2027, 1, 2), "Merkelig grunn")])
        assert (await desk.ask(correct)).version == 9
        await desk.hear_all()
    fact = of(desk, v1.PersonSettled)[-1].body
    assert (fact.placed_on, fact.settlement_date, fact.corrects) == (PLACED_ON, date(2027, 1, 2), NEW_YEAR)
    [state] = [one.body for one in of(desk, v1.PersonState) if one.envelope.sequence == 9]
    assert [(one.before, one.settlement_date, one.by, one.reason) for one in state.settlements] == [
        (None, NEW_YEAR, "Kari Nordmann", None), (NEW_YEAR, date(2027, 1, 2), "Ola Hansen", "Merkelig grunn"),
    ]  # fmt: skip
    assert (state.settlement_date, state.planned.week) == (date(2027, 1, 2), v1.Week(year=2026, week=53))
    assert state.settlements[1].at == later
    assert not [one for one in of(desk, v1.ListEvent) if "Merkelig" in one.body.model_dump_json()]


async def test_who_has_moved_in_is_not_withdrawn_and_the_others_are(desk: DistributionDesk) -> None:
    """IMDi names two: it goes back whole; who was only placed is withdrawn, and can not be settled any more."""
    async with desk.service(NEW_YEARS_EVE + timedelta(days=5)):
        for message_id, numbers in (("both", [1, 3]), ("one", [3])):
            message = WithdrawPersons(
                list_id=LIST, municipality_number="0301", persons=numbers,
                reason=codes.WithdrawalReason.OFFERED_ELSEWHERE,
            )  # fmt: skip
            await desk.send(topics.IMDI_LISTS, "0301", message, subject=LIST, message_id=message_id, source="/imdi")
        [event] = await desk.hear(lambda _: of(desk, v1.PersonsWithdrawn))
        assert [one.running_number for one in event.body.persons] == [3]
        late = await desk.ask(v1.RegisterSettlements(**at(10), persons=[moved_in(3, date(2027, 1, 2))]))
        assert isinstance(late, CommandRefused)
        assert late.problem == "person-withdrawn"
    [rejected] = [one.body for one in desk.heard if isinstance(one.body, v1.Rejection)]
    assert [(error.path, error.code) for error in rejected.errors] == [("persons[0]", "already-settled")]
