"""The reply clock over real Kafka and PostgreSQL, with a clock that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Message
from contracts.fields import Actor
from contracts.imdi.v1 import ExtendDeadline
from contracts.outcomes import CommandAccepted
from ops.testing.databases import Databases
from tests.integration.desks import Heard
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import AT, body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
TODAY = AT.date()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, databases: Databases) -> AsyncIterator[DistributionDesk]:
    url = databases.migrated("services.distribution.migrations")
    async with open_desk(kafka, url) as desk:
        await desk.tell_register("0301")
        yield desk


def of(desk: DistributionDesk, list_id: str, *kinds: type[Message]) -> list[Heard]:
    return [one for one in desk.heard if one.envelope.subject == list_id and isinstance(one.body, kinds)]


async def heard(desk: DistributionDesk, list_id: str, kind: type[Message]) -> Any:
    """Wait for the first of the kind about a list."""
    [first, *_] = await desk.hear(lambda _: of(desk, list_id, kind))
    return first


async def extend(desk: DistributionDesk, list_id: str, days: int, message_id: str) -> None:
    message = ExtendDeadline(list_id=list_id, municipality_number="0301", deadline=TODAY + timedelta(days=days))
    await desk.send(topics.IMDI_LISTS, "0301", message, subject=list_id, message_id=message_id, source="/imdi")


async def test_a_deadline_that_passed_during_a_stop_is_told_once_and_the_list_answered_late(
    desk: DistributionDesk,
) -> None:
    """Nothing of the reminders that were missed; two replicas, and one fact; an answer by an old form is taken."""
    list_id = "FL-2026-000001"
    async with desk.service():
        await desk.publish(body(list_id, persons=[offered(1, who=1)]))
        await heard(desk, list_id, v1.ListState)
    late = AT + timedelta(days=12)
    async with AsyncExitStack() as replicas:
        for _ in range(2):
            await replicas.enter_async_context(desk.service(late))
        overdue = await heard(desk, list_id, v1.ListOverdue)
        assert (overdue.key, overdue.envelope.sequence, overdue.body.deadline, overdue.body.persons) == (
            "k-0301", 2, TODAY + timedelta(days=7), 1,
        )  # fmt: skip
        command = {"list_id": list_id, "municipality_id": "k-0301", "actor": KARI}
        form = [v1.Decision(running_number=1)]
        approved = await desk.ask(v1.ApproveList(**command, expected_version=1, decisions=form))
        assert isinstance(approved, CommandAccepted)
        sent = await desk.ask(v1.SendAnswer(**command, expected_version=approved.version, accepted_at=late))
        assert isinstance(sent, CommandAccepted)
        answer = await heard(desk, list_id, v1.Answer)
        assert answer.body.late
    await desk.hear_all()
    assert len(of(desk, list_id, v1.DeadlineNear, v1.DeadlineToday, v1.ListOverdue)) == 1
    states = [one.body for one in of(desk, list_id, v1.ListState)]
    assert [state.overdue for state in states] == [False, True, True, False]


LISTS = 200
# One list that cannot be changed, whatever is tried: the others are to be told of all the same.
STUCK = """
CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION USING ERRCODE = ''22000'', MESSAGE = ''stuck''; END';
CREATE TRIGGER stuck BEFORE UPDATE ON distribution_list FOR EACH ROW
    WHEN (new.list_id = 'FL-2026-100000') EXECUTE FUNCTION stuck();
"""


async def test_many_that_fall_due_at_once_are_told_past_one_that_cannot_be(desk: DistributionDesk) -> None:
    """Several transactions' lists, though the first in line fails; what it did is undone alone."""
    desk.seconds = 100  # for some hundred lists
    ids = [f"FL-2026-{100_000 + number}" for number in range(LISTS)]
    async with desk.service():
        for number, list_id in enumerate(ids):
            await desk.publish(body(list_id, persons=[offered(1, who=5000 + number)]))
        await desk.hear(lambda _: len({one.key for one in desk.heard if one.key in ids}) == LISTS)
    connection = await asyncpg.connect(desk.settings.database_url)
    try:
        await connection.execute(STUCK)
        async with desk.service(AT + timedelta(days=14)):
            told = await desk.hear(
                lambda heard: len({one.envelope.subject for one in heard if isinstance(one.body, v1.ListOverdue)
                                   and one.envelope.subject in ids}) == LISTS - 1
            )  # fmt: skip
        assert told
        await connection.execute("DROP FUNCTION stuck CASCADE")
    finally:
        await connection.close()


async def test_imdi_moves_a_deadline_and_the_clock_starts_anew(desk: DistributionDesk) -> None:
    """The same message again changes nothing; a wrong one comes back by field; it speaks of the new day."""
    list_id, new = "FL-2026-000002", TODAY + timedelta(days=20)
    async with desk.service():
        await desk.publish(body(list_id, persons=[offered(1, who=2)]))
        await heard(desk, list_id, v1.ListState)
        for _ in range(2):
            await extend(desk, list_id, 20, "further")
        await extend(desk, list_id, 3, "back")
        rejected = await heard(desk, list_id, v1.Rejection)
        assert [(error.path, error.code) for error in rejected.body.errors] == [("deadline", "deadline-not-later")]
    for days, kind in ((18, v1.DeadlineNear), (21, v1.ListOverdue)):
        async with desk.service(AT + timedelta(days=days)):
            told = await heard(desk, list_id, kind)
            assert told.envelope.id == f"{kind.message_type}:{list_id}:{new}"
    await desk.hear_all()
    [moved] = of(desk, list_id, v1.DeadlineExtended)
    assert (moved.body.before, moved.body.deadline) == (TODAY + timedelta(days=7), new)
    state = of(desk, list_id, v1.ListState)[-1]
    assert (state.body.deadline, state.body.overdue, state.envelope.sequence) == (new, True, 4)
    assert [(made.before, made.deadline) for made in state.body.extensions] == [(TODAY + timedelta(days=7), new)]
