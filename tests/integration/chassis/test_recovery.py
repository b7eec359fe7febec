"""Another Kafka, and a database restored from a backup, over real Kafka and PostgreSQL."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import FixedClock
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.recovering.restoring import StillRunsError, restore
from chassis.relaying import cluster
from chassis.running.housekeeping import KEEP, Housekeeper
from chassis.service import Service, running
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import decode_headers
from tests.integration.chassis.stage import Counted, Stage, counted, until
from tests.integration.chassis.test_republish import Things, have

TOLD = "SELECT told = 1 FROM republish_request WHERE finished_at IS NOT NULL"
EVERYTHING = argparse.Namespace(epoch=1, since=None)


async def tell(received: Received[Counted], transaction: Transaction) -> None:
    """Have the effect, at the time it is told, and publish what follows."""
    await transaction.connection.execute(
        "INSERT INTO effect (subject, number, message_id) VALUES ($1, $2, $3)",
        received.envelope.subject,
        received.body.number,
        transaction.now.isoformat(),
    )


async def test_another_kafka_gets_what_the_lost_one_had(stage: Stage) -> None:
    """In its old order and under its old ids, before what is new; state is asked for anew, and not kept twice."""
    await have(stage, ("a", 3, 30))
    facts = f"{stage.name}.facts"
    await stage.make_topic(facts)
    service = Service(stage.name, "/test", state=[Things(stage.topic)])
    await stage.put_in_outbox([counted(f"s-{number % 3}", number) for number in range(30)], facts)
    await stage.put_in_outbox([counted("a", 3)])
    async with running(service, stage.settings()):
        await stage.emptied()
    first = await stage.sent(facts)
    assert await stage.count("outbox_sent") == 30
    await stage.connection.execute("UPDATE kafka_cluster SET cluster_id = $1", cluster.LOST)
    await stage.put_in_outbox([counted("s-0", 100)], facts)
    async with running(service, stage.settings()):
        await stage.emptied()
        await until(lambda: stage.connection.fetchval(TOLD))
    again = await stage.sent(facts)
    ids = [decode_headers(record.headers).id for record in again]
    before = [decode_headers(record.headers).id for record in first]
    assert sorted(ids) == sorted([*before, *before, "test.counted.v1:s-0:100"])
    by_subject = [decode_headers(record.headers).sequence for record in again if record.key == b"s-0"]
    assert by_subject == [*range(0, 30, 3), *range(0, 30, 3), 100]
    async with running(service, stage.settings()):
        await stage.emptied()
    assert len(await stage.sent(facts)) == 61  # it is the same Kafka now


async def test_what_was_sent_is_forgotten_with_time(stage: Stage) -> None:
    """It is kept for as long as ids are."""
    await stage.put_in_outbox([counted("a", 1)])
    async with running(Service(stage.name, "/test"), stage.settings()):
        await stage.emptied()
    async with await create_pool(stage.database_url, name="test") as pool:
        for later, left in ((timedelta(0), 1), (KEEP * 2, 0)):
            clock = FixedClock(datetime.now(UTC) + later)
            await Housekeeper(Transactions(pool, "/test", clock)).work()
            assert await stage.count("outbox_sent") == left


def reading_two(stage: Stage, other: str) -> Service:
    readings = [Subscription(topic, {Counted: tell}, Dedupe.ID) for topic in (stage.topic, other)]
    return Service(stage.name, f"/test/{stage.name}", readings)


async def test_a_restored_database_reads_the_lost_time_in_its_order(stage: Stage) -> None:
    """Of two topics, by when Kafka got the messages, at that time; what it has had is not done again."""
    other = f"{stage.name}.other"
    await stage.make_topic(other)
    service = reading_two(stage, other)
    await stage.produce([counted("kept", 1)])
    async with running(service, stage.settings()):
        await stage.applied(1)
    # The lost time: written to the topics by turns, and taken by nobody.
    for number in range(10):
        there = replace(stage, topic=other) if number % 2 else stage
        await there.produce([counted("lost", number)])
    done = await restore(service, stage.settings(), EVERYTHING)
    assert (done.records, done.handled, done.parked) == (11, 10, 0)
    assert await stage.effects() == [("kept", 1), *(("lost", number) for number in range(10))]
    times = await stage.connection.fetch("SELECT message_id FROM effect WHERE subject = 'lost' ORDER BY id")
    assert [row["message_id"] for row in times] == sorted(row["message_id"] for row in times)
    assert await stage.connection.fetchval("SELECT epoch FROM sequence_epoch") == 1
    assert await stage.count("republish_request") == 1
    async with running(service, stage.settings()):
        await stage.produce([counted("after", 1)])
        await stage.applied(12)
    assert len(await stage.effects()) == 12
    again = await restore(service, stage.settings(), EVERYTHING)
    assert again.handled == 0


async def test_only_a_stopped_service_is_restored(stage: Stage) -> None:
    """Beside a running process it is refused, and nothing is changed."""
    service = reading_two(stage, stage.topic)
    service = replace(service, subscriptions=service.subscriptions[:1])
    async with running(service, stage.settings()) as state:

        async def leads() -> bool:
            return state.relay.leading

        await until(leads)
        with pytest.raises(StillRunsError, match="stop it first"):
            await restore(service, stage.settings(), EVERYTHING)
    assert await stage.connection.fetchval("SELECT epoch FROM sequence_epoch") == 0
