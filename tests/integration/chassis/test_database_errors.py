"""What PostgreSQL itself raises, and what comes of the record: tried again, or parked; its effect there once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import asyncpg
import pytest

from chassis.reading.subscriptions import Dedupe, Received
from chassis.service import running
from chassis.storage.transaction import Transaction
from ops.testing.databases import Databases
from ops.testing.postgres_proxy import Cut, Proxy, postgres_proxy
from tests.integration.chassis.stage import SECONDS, Counted, Stage, counted, header, keep, numbers_by_subject, until

Handle = Callable[[Received[Counted], Transaction], Awaitable[None]]

RAISE = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{}'; END $$"


def at_first(*statements: str, times: int = 1) -> Handle:
    """Make a handler that has its effect and, so often, runs statements that fail."""
    left = times

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        nonlocal left
        await keep(received, transaction)
        if left:
            left -= 1
            for statement in statements:
                await transaction.connection.execute(statement)

    return handle


@pytest.mark.parametrize(
    "state",
    [
        "53100",  # disk full
        "53200",  # out of memory
        "53300",  # too many connections
        "57P01",  # shut down
        "58030",  # input or output
        "25006",  # read only: a standby is being promoted
    ],
)
async def test_without_means_the_database_is_waited_for_however_often_it_says_so(stage: Stage, state: str) -> None:
    """More often than contention is tried: nothing is parked for what no record is to blame for."""
    handle = at_first(RAISE.format(state), times=3)
    async with running(stage.service(handle), stage.settings(contention_tries=1)) as running_service:
        await stage.produce([counted("a", 1), counted("b", 1)])
        await stage.applied(2)
        assert running_service.readers[0].progress.counts["retries"] == 3
    assert await stage.count("dead_letter") == 0


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
@pytest.mark.parametrize(("times", "table"), [(2, "effect"), (3, "dead_letter")])
async def test_contention_is_tried_again_so_often_and_then_parked(
    stage: Stage, state: str, times: int, table: str
) -> None:
    """A serialization failure, a deadlock, a lock time-out: a few times they pass by themselves."""
    handle = at_first(RAISE.format(state), times=times)
    async with running(stage.service(handle), stage.settings(contention_tries=3)):
        await stage.produce([counted("a", 1)])
        await until(lambda: stage.count(table))
    assert await stage.count("effect") + await stage.count("dead_letter") == 1


async def test_a_statement_that_takes_too_long_is_tried_again_and_then_parked(stage: Stage) -> None:
    """It may be the record's own fault: others do not wait for it for ever."""
    slow = at_first("SET LOCAL statement_timeout = '200ms'", "SELECT pg_sleep(60)", times=2)
    async with running(stage.service(slow), stage.settings(contention_tries=2)):
        await stage.produce([counted("a", 1)])
        await until(lambda: stage.count("dead_letter"))
        await stage.produce([counted("b", 1)])
        await stage.applied(1)
    assert await stage.effects() == [("b", 1)]


async def test_a_deadlock_is_tried_again(stage: Stage, databases: Databases) -> None:
    """PostgreSQL ends the one that looks first, and that is the handler: its effect is there in the end, once."""
    await stage.connection.execute("CREATE TABLE held AS SELECT n FROM generate_series(1, 2) AS n")
    held, go_on = asyncio.Event(), asyncio.Event()

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if not held.is_set():
            await transaction.connection.execute("SET LOCAL lock_timeout = 0")
            await transaction.connection.execute("SELECT FROM held WHERE n = 1 FOR UPDATE")
            held.set()
            await go_on.wait()
            await transaction.connection.execute("SELECT FROM held WHERE n = 2 FOR UPDATE")

    async def waits() -> bool:
        return bool(await stage.count(f"pg_locks WHERE NOT granted AND pid = {other.get_server_pid()}"))

    other = await asyncpg.connect(databases.superuser(stage.database_url))
    await other.execute("SET deadlock_timeout = '1h'")  # it waits, and never looks whether it may
    async with running(stage.service(handle), stage.settings()) as state, AsyncExitStack() as left:
        left.push_async_callback(other.close)
        async with other.transaction():
            await other.execute("SELECT FROM held WHERE n = 2 FOR UPDATE")
            await stage.produce([counted("a", 1)])
            await asyncio.wait_for(held.wait(), SECONDS)
            waiting = asyncio.create_task(other.execute("SELECT FROM held WHERE n = 1 FOR UPDATE"))
            await until(waits)
            go_on.set()
            await waiting
        await stage.applied(1)
        assert state.readers[0].progress.counts["retries"] >= 1
    assert await stage.effects() == [("a", 1)]
    assert await stage.count("dead_letter") == 0


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Proxy]:
    parts = urlsplit(stage.database_url)
    with postgres_proxy(0, parts.port or 5432, parts.hostname or "localhost") as running:
        yield running


@pytest.mark.parametrize("cut", list(Cut))
@pytest.mark.parametrize("dedupe", [Dedupe.ID, Dedupe.SEQUENCE])
async def test_a_connection_lost_at_the_commit_leaves_each_effect_there_once(
    stage: Stage, proxy: Proxy, cut: Cut, dedupe: Dedupe
) -> None:
    """Nobody knows whether PostgreSQL committed: tried again, what is there is known, and nothing is told twice."""

    async def answer(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        subject, number = received.envelope.subject, received.body.number
        await transaction.publish(out, Counted(number=number), key=subject, subject=subject, sequence=number)

    out = f"{stage.topic}-out"
    await stage.make_topic(out)
    await stage.produce([counted(f"s-{n % 3}", n // 3 + 1) for n in range(30)])
    database = urlsplit(stage.database_url).path.lstrip("/")
    settings = stage.settings(chunk_records=7).model_copy(update={"database_url": proxy.url(stage.database_url)})
    proxy.cut_next(database, cut, 3, stage.name)
    async with running(stage.service(answer, dedupe=dedupe), settings):
        await stage.applied(30)
        await stage.emptied()
        await until(lambda: _made(proxy))
    found = numbers_by_subject(await stage.effects())
    assert found == {f"s-{n}": list(range(1, 11)) for n in range(3)}
    assert await stage.count("dead_letter") == 0
    told = numbers_by_subject(
        [(header(record, "ce_subject"), int(header(record, "ce_sequence"))) for record in await stage.sent(out)]
    )
    assert {subject: sorted(numbers) for subject, numbers in told.items()} == found


async def _made(proxy: Proxy) -> bool:
    return proxy.pending == 0
