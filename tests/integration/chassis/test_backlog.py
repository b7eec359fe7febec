"""What a service has not done is told, and bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.service import Running, running
from chassis.storage.transaction import Transaction
from chassis.storage.waiting import Waiting
from contracts.envelope import encode_headers
from tests.integration.chassis.stage import Stage, counted, until


def alarms(state: Running, *expected: str) -> Callable[[], Awaitable[bool]]:
    """Ask whether exactly these alarms last, by what /readyz tells."""

    async def so() -> bool:
        # Without an answer of the database in time nothing is told of alarms.
        told = (await state.vitals.ready()).details.get("alarms")
        return told is not None and set(told) == set(expected)

    return so


async def test_an_outbox_that_is_behind_is_an_alarm_until_it_has_been_sent(stage: Stage) -> None:
    """By the age of its oldest row, whatever the row waits for."""
    absent = f"{stage.topic}-absent"
    async with running(stage.service(), stage.settings(look_every=0.1, outbox_alarm_after=0.3)) as state:
        await until(alarms(state))
        await stage.put_in_outbox([counted("a", 1)], topic=absent)
        await until(alarms(state, "outbox is behind"))
        await stage.connection.execute("DELETE FROM outbox")
        await until(alarms(state))


async def test_what_stands_aside_is_parked_or_waits_for_long_is_an_alarm(stage: Stage) -> None:
    """Nothing is stuck without somebody being told."""

    async def fail(*_: object) -> None:
        raise RuntimeError

    async def wait(transaction: Transaction) -> None:
        transaction.now -= timedelta(minutes=2)
        await Waiting(transaction).put("task", "kind", {}, [("entity", 1)])

    settings = stage.settings(look_every=0.1, waiting_alarm_after=60)
    async with running(stage.service(fail), settings) as state:
        key, envelope, _ = counted("big", 1)
        await stage.put_in_outbox([(key, envelope, b"x" * 2_000_000)])
        await until(alarms(state, "rows stand aside"))
        await stage.produce([counted("a", 1)])
        await until(alarms(state, "rows stand aside", "messages are parked"))
        async with state.transactions.begin() as transaction:
            await wait(transaction)
        await until(alarms(state, "rows stand aside", "messages are parked", "tasks wait for long"))


async def test_with_a_full_outbox_nothing_more_is_taken_until_there_is_room(stage: Stage) -> None:
    """Records wait in Kafka; the process is alive meanwhile, and all take effect in their order afterwards."""
    settings = stage.settings(look_every=0.1, outbox_limit=10, stuck_after=2)
    await stage.put_in_outbox([counted("a", n) for n in range(10)], topic=f"{stage.topic}-absent")
    async with running(stage.service(), settings) as state:
        await until(alarms(state, "outbox is full"))
        await until(lambda: _holds(state))
        await stage.produce([counted("s", n) for n in range(1, 4)])
        begun = time.monotonic()
        while time.monotonic() - begun < 3:
            assert (await state.vitals.live()).ok
            await asyncio.sleep(0.1)
        assert await stage.effects() == []
        await stage.connection.execute("DELETE FROM outbox WHERE id > 2")
        await stage.applied(3)
        await until(alarms(state))
    assert await stage.effects() == [("s", 1), ("s", 2), ("s", 3)]


async def test_a_batch_is_bounded_in_bytes(stage: Stage) -> None:
    """Large records come in several batches, whatever number of them a batch may have."""
    largest = 0

    async def weigh(batch: object, transaction: Transaction) -> None:
        nonlocal largest
        assert isinstance(batch, list)
        largest = max(largest, sum(len(received.raw.value) for received in batch))
        await transaction.connection.execute("INSERT INTO effect (number) SELECT generate_series(1, $1)", len(batch))

    messages = [counted(f"s-{n}", 1) for n in range(40)]
    body = b'{"number": 1' + b" " * 500_000 + b"}"
    await stage.produce_raw([(key.encode(), encode_headers(envelope), body) for key, envelope, _ in messages])
    async with running(stage.service(batch=weigh), stage.settings(chunk_records=500)):
        await stage.applied(40)
    assert 0 < largest <= 3 * 2 * 1024 * 1024


async def _holds(state: Running) -> bool:
    return all(subscriber.consumer.held for subscriber in state.intake._subscribers)
