"""Each record has its effect once, in the order of its subject."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from chassis import errors
from chassis.reading.subscriptions import Dedupe, Received
from chassis.service import Service, running
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transaction
from contracts.envelope import encode_headers
from tests.integration.chassis.processes import hear, program
from tests.integration.chassis.reading import acknowledged, counts_become
from tests.integration.chassis.stage import Counted, Stage, counted, header, keep, numbers_by_subject, until


async def test_the_same_message_twice_has_its_effect_once(stage: Stage) -> None:
    """By id and source, within a batch and over batches; a repeat goes to on_duplicate."""
    repeats: list[str] = []

    async def repeated(received: Received[Counted], _transaction: Transaction) -> None:
        repeats.append(received.envelope.id)

    async with running(stage.service(on_duplicate=repeated), stage.settings()):
        await stage.produce([counted("a", 1), counted("a", 1), counted("b", 1)])
        await stage.applied(2)
        await stage.produce([counted("a", 1), counted("c", 1)])
        await stage.applied(3)
    assert sorted(await stage.effects()) == [("a", 1), ("b", 1), ("c", 1)]
    assert repeats == ["test.counted.v1:a:1"] * 2


@pytest.mark.heavy
async def test_a_consumer_killed_before_its_offsets_were_committed_has_its_effects_once(stage: Stage) -> None:
    """The database has committed, Kafka has not: all comes again and changes nothing, however repeats are known."""
    await stage.produce([counted(f"s-{n % 10}", n) for n in range(1, 101)])
    async with program(stage, "committed-but-not-acknowledged") as process:
        for _ in Dedupe:
            await hear(process, "committed")
        await stage.applied(300)
        process.kill()
        await process.wait()
    readers = [stage.service(dedupe=dedupe, reader=dedupe.value).subscriptions[0] for dedupe in Dedupe]
    async with running(Service(stage.name, "/test", readers), stage.settings()) as state:
        await stage.produce([counted("last", 1)])
        await stage.applied(303)
        await counts_become(state, "repeats", 100)
    assert len(await stage.effects()) == 303


async def test_each_subject_stays_in_order_with_two_replicas_and_failures_on_the_way(stage: Stage) -> None:
    """Whatever is retried, cut down or rebalanced."""

    async def unsteady(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        if random.random() < 0.01:
            raise errors.TryAgainError

    settings = stage.settings(chunk_records=20, batch_records=100, contention_tries=50)
    messages = [counted(f"s-{n % 20}", n) for n in range(1, 601)]
    async with running(stage.service(unsteady, dedupe=Dedupe.SNAPSHOT), settings):
        await stage.produce(messages[:300])
        async with running(stage.service(unsteady, dedupe=Dedupe.SNAPSHOT), settings):
            await stage.produce(messages[300:])
            await stage.applied(600)
    found = numbers_by_subject(await stage.effects())
    assert len(found) == 20
    assert all(numbers == sorted(set(numbers)) for numbers in found.values())
    assert await stage.count("dead_letter") == 0


async def test_a_transient_database_error_is_tried_again(stage: Stage) -> None:
    """A connection that is cut in mid-handling costs a try and no message."""
    cut = False

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        nonlocal cut
        await keep(received, transaction)
        if not cut:
            cut = True
            await transaction.connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    await stage.produce([counted("a", 1), counted("a", 2)])
    async with running(stage.service(handle), stage.settings()) as state:
        await stage.applied(2)
        assert state.readers[0].progress.counts["retries"] >= 1
    assert await stage.effects() == [("a", 1), ("a", 2)]


async def test_a_lock_that_others_hold_is_waited_for(stage: Stage) -> None:
    """A lock time-out is tried again, and what was handled before it in the chunk is not lost."""
    await stage.connection.execute("CREATE TABLE busy AS SELECT 1 AS number")

    async def handle(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        await transaction.connection.execute("UPDATE busy SET number = number + 1")

    async with running(stage.service(handle), stage.settings(lock_timeout=0.1)) as state:
        async with stage.connection.transaction():
            await stage.connection.execute("UPDATE busy SET number = 0")
            await stage.produce([counted("a", 1)])

            async def tried() -> bool:
                return state.readers[0].progress.counts["retries"] > 0

            await until(tried)
        await stage.applied(1)
    assert await stage.count("dead_letter") == 0


async def test_a_process_that_froze_with_locks_in_its_hands_gets_no_sound_message_parked(stage: Stage) -> None:
    """PostgreSQL takes them from it before those who wait for them give up."""
    settings = stage.settings()
    frozen = await create_pool(stage.database_url, name="frozen", lock_timeout=settings.lock_timeout)
    try:
        async with frozen.acquire() as held:
            await held.execute("BEGIN")
            await held.execute("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE")  # and then it does nothing any more
            async with running(stage.service(), settings):
                await stage.produce([counted("a", 1)])
                assert await stage.applied(1) == [("a", 1)]
        assert await stage.count("dead_letter") == 0
    finally:
        frozen.terminate()


async def test_without_its_database_nothing_is_acknowledged_and_nothing_is_lost(stage: Stage) -> None:
    """It waits for as long as it takes; stopping meanwhile leaves the batch to be read again."""
    async with running(stage.service(), stage.settings(stop_timeout=5)) as state:
        await stage.produce([counted("warm", 1)])
        await stage.applied(1)
        await acknowledged(stage, 1)
        await stage.refuse_connections(True)
        await stage.produce([counted("a", 1)])

        async def tried() -> bool:
            return state.readers[0].progress.counts["retries"] > 1

        await until(tried)
    assert await stage.committed(state.readers[0].group) == 1
    await stage.refuse_connections(False)
    async with running(stage.service(), stage.settings()):
        await stage.applied(2)


async def test_a_batch_handler_gets_the_fresh_messages_and_tombstones_and_a_poison_one_is_parked(stage: Stage) -> None:
    """A projector's batches hold what is new, in order; one that fails is cut down to the record at fault."""

    async def project(batch: Any, transaction: Transaction) -> None:
        for received in batch:
            number = -1 if received.is_tombstone else received.body.number
            await transaction.connection.execute(
                "INSERT INTO effect (subject, number) VALUES ($1, $2)", received.envelope.subject, number
            )
        if any(received.envelope.subject == "poison" for received in batch):
            raise RuntimeError

    await stage.produce([counted(f"s-{n % 9}", n) for n in range(90)])
    await stage.produce([counted("poison", 1)])
    await stage.produce_raw([(b"s-0", encode_headers(counted("s-0", 900)[1]), None)])
    async with running(stage.service(batch=project, dedupe=Dedupe.SNAPSHOT), stage.settings()):
        await stage.applied(91)
    found = numbers_by_subject(await stage.effects())
    assert found.pop("s-0") == [*range(0, 90, 9), -1]
    assert all(numbers == sorted(numbers) for numbers in found.values())
    assert await stage.count("dead_letter") == 1


async def test_a_topic_that_was_deleted_and_is_made_again_is_read_on(stage: Stage) -> None:
    """From its beginning, and by itself."""
    async with running(stage.service(), stage.settings(metadata_age=0.5)) as state:
        await stage.produce([counted("a", 1)])
        await stage.applied(1)
        await stage.delete_topic(stage.topic)

        async def has_none() -> bool:
            return not state.intake._subscribers[0].consumer.assignment()

        await until(has_none)
        await stage.make_topic(stage.topic)
        await stage.produce([counted("a", 2)])
        assert await stage.applied(2) == [("a", 1), ("a", 2)]


async def test_a_graceful_stop_finishes_the_batch_in_hand(stage: Stage) -> None:
    """What was begun is handled and acknowledged; what was not is left for the next, and nothing is done twice."""
    begun = asyncio.Event()

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        begun.set()
        await asyncio.sleep(0.005)
        await keep(received, transaction)

    await stage.produce([counted(f"s-{n % 3}", n) for n in range(400)])
    async with running(stage.service(slowly), stage.settings(batch_records=100, chunk_seconds=0.05)) as state:
        await begun.wait()
    done = len(await stage.effects())
    assert 0 < done < 400
    assert await stage.committed(state.readers[0].group) == done
    async with running(stage.service(), stage.settings()) as state:
        await stage.applied(400)
        assert state.readers[0].progress.counts["repeats"] == 0


async def test_effects_and_answers_are_one(stage: Stage) -> None:
    """What a handler publishes is sent if and only if its effect is kept; its cause and correlation are told."""

    async def answer(received: Received[Counted], transaction: Transaction) -> None:
        await keep(received, transaction)
        body = Counted(number=received.body.number)
        await transaction.publish(f"{stage.topic}-out", body, key="k", subject="s", sequence=received.body.number)
        if received.body.number == 2:
            raise RuntimeError

    await stage.make_topic(f"{stage.topic}-out")
    await stage.produce([counted("a", 1, correlation_id="c"), counted("b", 2), counted("c", 3)])
    async with running(stage.service(answer), stage.settings()):
        await stage.applied(2)
        await until(lambda: stage.count("dead_letter"))
    sent = await stage.sent(f"{stage.topic}-out")
    assert {(header(record, "ce_id"), header(record, "ce_causationid")) for record in sent} == {
        ("test.counted.v1:s:1", "test.counted.v1:a:1"),
        ("test.counted.v1:s:3", "test.counted.v1:c:3"),
    }
    assert "c" in {header(record, "ce_correlationid") for record in sent}


async def test_people_do_not_wait_behind_an_import(stage: Stage) -> None:
    """A transaction is closed after its time, not after its batch: its effects show while the rest goes on."""

    async def slowly(received: Received[Counted], transaction: Transaction) -> None:
        await asyncio.sleep(0.01)
        await keep(received, transaction)

    await stage.produce([counted("s", n) for n in range(150)])
    async with running(stage.service(slowly), stage.settings(chunk_seconds=0.1)):
        assert len(await stage.applied(1)) < 60
        await stage.applied(150)
    longest = await stage.connection.fetchval(
        "SELECT max(number) FROM (SELECT count(*) AS number FROM effect GROUP BY xmin::text) AS transactions"
    )
    assert longest <= 15
