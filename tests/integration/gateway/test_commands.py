"""Commands over a real broker, to an owner that answers on its replies topic, and back into the pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts import topics
from contracts.codes import Role
from contracts.distribution.v1 import ApproveList, Decision, ListCommand, SendAnswer
from contracts.fields import Actor
from contracts.notification.v1 import MarkNoticesRead
from gateway.bootstrap import Gateway, gateway
from gateway.commands.bounds import BusyError
from gateway.commands.desk import Command, Kind, Sent, command_id
from gateway.commands.publisher import BrokerUnavailableError
from gateway.readmodel.one_list import OneList, find_list
from tests.browser.stage import world
from tests.browser.stage.owner import Owner
from tests.browser.stage.world import OSLO
from tests.integration.desks import until
from tests.integration.gateway.conftest import Urls, settings

ACTOR = Actor(user_id="u-1", display_name="Kari Nordmann", role=Role.SETTLEMENT_WRITER)
SECONDS = 20.0


@pytest.fixture
def owner(own_kafka: str, tmp_path: Path) -> Iterator[Owner]:
    """Answer commands; the world has one new list of this test's own."""
    found = Owner(own_kafka, tmp_path)
    for municipality in world.municipalities():
        found.tell(topics.MUNICIPALITY_STATE, municipality.municipality_id, municipality, 1)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def one(owner: Owner) -> world.OneList:
    made = world.new_list(f"FL-2026-{uuid4().int % 10**6:06}", OSLO, [2, 1], days_left=5)
    owner.add(made)
    return made


@pytest.fixture
async def running(own_kafka: str, urls: Urls) -> AsyncIterator[Gateway]:
    """Run a gateway without its web server."""
    async with gateway(settings(urls, own_kafka, command_wait=SECONDS)) as found:
        yield found


async def shown(running: Gateway, list_id: str, holds: Callable[[OneList], bool] = lambda _: True) -> OneList:
    """Wait until the pages show the list so."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = await find_list(running.parts.reader, OSLO, list_id)
        if found is not None and holds(found):
            return found
        assert time.monotonic() < deadline, "the list is not shown"
        await asyncio.sleep(0.02)


def approve(found: OneList, form_id: str, *, version: int | None = None, message: str = "") -> Command:
    body = ApproveList(
        list_id=found.state.list_id,
        municipality_id=OSLO,
        expected_version=found.version if version is None else version,
        actor=ACTOR,
        decisions=[Decision(running_number=person.running_number) for person in found.persons],
        message=message,
    )
    return command(body, Kind.APPROVE, form_id)


def command(body: ListCommand, kind: Kind, form_id: str, form: dict[str, Any] | None = None) -> Command:
    return Command(
        command_id(form_id, kind, body),
        kind,
        topics.DISTRIBUTION_COMMANDS.name,
        OSLO,
        body.list_id,
        ACTOR.user_id,
        body,
        form,
    )


async def test_who_waited_sees_what_they_did(running: Gateway, one: world.OneList) -> None:
    """The outcome comes, and by then the read model shows it: approve, then send."""
    found = await shown(running, one.state.list_id)
    outcome = await running.parts.desk.submit(approve(found, str(uuid4()), message="Hei"))
    assert outcome is not None
    assert outcome.accepted
    now = await find_list(running.parts.reader, OSLO, one.state.list_id)
    assert now is not None
    assert (now.version, now.state.status.value, now.state.message) == (outcome.version, "approved", "Hei")

    send = SendAnswer(
        list_id=one.state.list_id,
        municipality_id=OSLO,
        expected_version=now.version,
        actor=ACTOR,
        accepted_at=world.now(),
    )
    outcome = await running.parts.desk.submit(command(send, Kind.SEND, str(uuid4())))
    assert outcome is not None
    assert outcome.accepted
    answered = await find_list(running.parts.reader, OSLO, one.state.list_id)
    assert answered is not None
    assert answered.state.status.value == "answered"


async def test_a_nul_where_nothing_is_sent_keeps_nobody_from_saving(running: Gateway, one: world.OneList) -> None:
    """The database cannot keep it, so it is left out of what was typed; the command goes its way."""
    found = await shown(running, one.state.list_id)
    asked = replace(approve(found, str(uuid4())), form={"marks": [{"reason_text": "a\x00b"}], "odd\x00": "\x00"})
    outcome = await running.parts.desk.submit(asked)
    assert outcome is not None
    assert outcome.accepted


async def test_a_double_submit_is_one_command(running: Gateway, one: world.OneList) -> None:
    """Twice at once and once more later: one effect, the same outcome for all."""
    found = await shown(running, one.state.list_id)
    sent = approve(found, str(uuid4()))
    both = await asyncio.gather(*(running.parts.desk.submit(sent) for _ in range(2)))
    later = await running.parts.desk.submit(sent)
    assert both[0] == both[1] == later
    assert both[0] is not None
    assert both[0].accepted
    assert one.version == found.version + 2


async def test_a_refusal_says_why_and_the_pages_show_what_it_ran_into(running: Gateway, one: world.OneList) -> None:
    """A stale version is refused with who changed the list; afterwards the current state is there to be shown."""
    found = await shown(running, one.state.list_id)
    await running.parts.desk.submit(approve(found, str(uuid4())))
    stale = approve(found, str(uuid4()), version=found.version)
    refused = await running.parts.desk.submit(stale)
    assert refused is not None
    assert (refused.problem, refused.params["by"]) == ("version-conflict", "Kari Nordmann")
    await running.parts.desk.catch_up(OSLO, Sent(stale.command_id, stale.kind, stale.subject, None), refused)
    now = await find_list(running.parts.reader, OSLO, one.state.list_id)
    assert now is not None
    assert now.version == refused.version


async def test_an_owner_that_is_away_is_waited_for_later(
    own_kafka: str, urls: Urls, owner: Owner, one: world.OneList
) -> None:
    """After the bound nothing is known, and nothing is lost: the outcome comes when the owner is back."""
    async with gateway(settings(urls, own_kafka, command_wait=0.3)) as running:
        found = await shown(running, one.state.list_id)
        owner.silent = True
        kept = command(approve(found, str(uuid4())).body, Kind.APPROVE, str(uuid4()), {"message": "Husk meg"})  # type: ignore[arg-type]
        assert await running.parts.desk.submit(kept) is None
        sent = await running.parts.desk.find(OSLO, ACTOR.user_id, kept.command_id)
        assert sent is not None
        assert sent.form == {"message": "Husk meg"}
        assert await running.parts.desk.find(OSLO, "somebody-else", kept.command_id) is None
        assert await running.parts.desk.find(world.BERGEN, ACTOR.user_id, kept.command_id) is None
        owner.silent = False
        outcome = await running.parts.desk.follow(OSLO, ACTOR.user_id, sent, SECONDS)
        assert outcome is not None
        assert outcome.accepted
        # what was typed is not kept once it has had its effect; nobody waits for its going
        deadline = time.monotonic() + SECONDS
        while (done := await running.parts.desk.find(OSLO, ACTOR.user_id, kept.command_id)) and done.form:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        assert done is not None


async def test_a_frozen_owner_is_not_given_more_than_it_may_have_waiting(
    own_kafka: str, urls: Urls, owner: Owner, one: world.OneList
) -> None:
    """The first ones are taken and checked on, further ones told to come back; once it answers they are taken too."""
    bounds = settings(urls, own_kafka, command_wait=0.3, commands_waiting=20)  # of one municipality: 2
    async with gateway(bounds) as running:
        desk, found = running.parts.desk, await shown(running, one.state.list_id)
        owner.silent = True
        first, second, third = (approve(found, str(uuid4())) for _ in range(3))
        assert [await desk.submit(command) for command in (first, second)] == [None, None]
        with pytest.raises(BusyError):
            await desk.submit(third)
        assert await desk.submit(first) is None  # the same again is no further one
        elsewhere = replace(third, municipality_id=world.BERGEN, command_id=str(uuid4()))
        assert await desk.submit(elsewhere) is None
        assert await desk.find(OSLO, ACTOR.user_id, third.command_id) is None
        owner.silent = False
        sent = [await desk.find(OSLO, ACTOR.user_id, command.command_id) for command in (first, second)]
        outcomes = [await desk.follow(OSLO, ACTOR.user_id, command, SECONDS) for command in sent if command]
        assert all(outcomes)
        after = await desk.submit(third)
        assert after is None or not after.accepted  # the list has been changed meanwhile
        assert (
            await desk.pool.fetchval("SELECT count(*) FROM gateway.command_waiting WHERE municipality_id = $1", OSLO)
            < 2
        )


async def test_no_more_commands_are_followed_at_once_than_may_be(
    own_kafka: str, urls: Urls, owner: Owner, one: world.OneList
) -> None:
    """A process that follows as many as it may takes no further one; when one is done it does."""
    async with gateway(settings(urls, own_kafka, command_wait=SECONDS, commands_under_way=4)) as running:
        desk, found = running.parts.desk, await shown(running, one.state.list_id)
        owner.silent = True
        waiting = asyncio.create_task(desk.submit(approve(found, str(uuid4()))))
        await asyncio.sleep(0.5)
        with pytest.raises(BusyError):
            await desk.submit(approve(found, str(uuid4())))
        owner.silent = False
        assert await waiting
        assert await desk.submit(approve(found, str(uuid4())))


async def test_who_cannot_get_a_connection_is_told_in_time(own_kafka: str, urls: Urls) -> None:
    """A pool whose connections are all in use makes nobody wait for longer than the bound."""
    async with gateway(settings(urls, own_kafka, pool_max_size=1, pool_wait=0.2)) as running:
        pool = running.parts.desk.pool
        async with pool.acquire(timeout=SECONDS):  # who looks what to tell open pages has it now and then
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await pool.fetchval("SELECT 1")
            assert time.monotonic() - begun < 5
        async with pool.acquire(timeout=SECONDS) as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_broker_that_is_away_leaves_nothing_waiting(urls: Urls) -> None:
    """What could not be handed over counts against nobody once it is back."""
    async with gateway(settings(urls)) as running:
        one = world.new_list("FL-2026-000102", OSLO, [1], days_left=5)
        found = OneList(one.state, 1, tuple(one.persons), None, -1, (), one.state.year)
        unsent = approve(found, str(uuid4()))
        with pytest.raises(BrokerUnavailableError):
            await running.parts.desk.submit(unsent)
        waiting = "SELECT count(*) FROM gateway.command_waiting WHERE command_id = $1"
        assert await running.parts.desk.pool.fetchval(waiting, unsent.command_id) == 0


async def test_any_replica_answers(own_kafka: str, urls: Urls, one: world.OneList) -> None:
    """Two gateways share the topics; each finds the outcome of its own command, whoever read the reply."""
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(gateway(settings(urls, own_kafka, command_wait=SECONDS))) for _ in range(2)
        ]
        for replica in replicas * 2:
            found = await shown(replica, one.state.list_id)
            form_id = str(uuid4())
            outcome = await replica.parts.desk.submit(approve(found, form_id, message=form_id))
            assert outcome is not None
            assert outcome.accepted
            now = await find_list(replica.parts.reader, OSLO, one.state.list_id)
            assert now is not None
            assert now.state.message == form_id


async def test_notices_are_read_by_one_user(running: Gateway, one: world.OneList) -> None:
    """Once the wait is over, the work surface shows them as read."""
    await shown(running, one.state.list_id)
    ids, pool = [notice.notice_id for notice in world.notices(one)], running.parts.desk.pool
    there = "SELECT count(*) FROM readmodel.notice WHERE notice_id = ANY($1)"
    await until(lambda: pool.fetchval(f"SELECT ({there}) = $2", ids, len(ids)))  # they come by another topic
    body = MarkNoticesRead(municipality_id=OSLO, notice_ids=ids, actor=ACTOR)
    read = Command(
        str(uuid4()),
        Kind.READ_NOTICES,
        topics.NOTIFICATION_COMMANDS.name,
        OSLO,
        OSLO,
        ACTOR.user_id,
        body,
        {"notice_ids": ids},
    )
    outcome = await running.parts.desk.submit(read)
    assert outcome is not None
    assert outcome.accepted
    assert await pool.fetchval("SELECT body->'read_by' ? 'u-1' FROM readmodel.notice WHERE notice_id = $1", ids[0])


async def test_without_a_broker_pages_are_read_and_a_command_says_so(urls: Urls) -> None:
    """The gateway starts, reads its database, and tells within its bound that it could not send."""
    async with gateway(settings(urls)) as running:
        one = world.new_list("FL-2026-000101", OSLO, [1], days_left=5)
        found = OneList(one.state, 1, tuple(one.persons), None, -1, (), one.state.year)
        assert await find_list(running.parts.reader, OSLO, "FL-2026-000101") is None
        begun = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            await running.parts.desk.submit(approve(found, str(uuid4())))
        assert time.monotonic() - begun < 10
        assert not (await running.consuming.ready()).ok
