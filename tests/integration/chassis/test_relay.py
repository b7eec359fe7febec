from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from chassis.broker.kafka import make_producer
from chassis.relaying.leadership import lead
from chassis.relaying.relay import Relay
from chassis.relaying.windows import Window
from chassis.storage import outbox
from chassis.storage.outbox import WINDOW, WINDOW_BYTES
from tests.integration.chassis.processes import hear, program
from tests.integration.chassis.relays import relaying
from tests.integration.chassis.stage import Stage, counted, header, numbers_by_subject, until


async def test_what_is_in_the_outbox_is_sent_in_order_and_deleted(stage: Stage) -> None:
    """Each subject's records are on the topic once, in the order of their rows, whole, and the outbox is empty."""
    await stage.put_in_outbox([counted(f"s-{n % 7}", n) for n in range(700)])
    async with relaying(stage, relay_window=100):
        await stage.emptied()
    records = await stage.sent()
    assert len(records) == 700
    for subject in range(7):
        numbers = [int(header(record, "ce_sequence")) for record in records if record.key == f"s-{subject}".encode()]
        assert numbers == list(range(subject, 700, 7))


async def test_a_killed_relay_loses_nothing_and_its_doubles_are_known_by_their_ids(stage: Stage) -> None:
    """Killed between sending and deleting, its successor sends again: all there, doubles have the same id."""
    await stage.put_in_outbox([counted(f"s-{n % 5}", n) for n in range(100)])
    async with program(stage, "SentButNotDeleted") as process:
        await hear(process, "sent")
        process.kill()
        await process.wait()
    assert await stage.count("outbox") == 100
    async with relaying(stage):
        await stage.emptied()
    ids = [header(record, "ce_id") for record in await stage.sent()]
    assert len(ids) == 200
    assert len(set(ids)) == 100


async def test_a_row_that_kafka_refuses_goes_aside_and_holds_up_its_subject_only(stage: Stage) -> None:
    """The subject's later rows wait until an operator releases or discards the row; everything else goes on."""
    key, envelope, _ = counted("big", 1)
    await stage.put_in_outbox([counted("a", 1), (key, envelope, b"x" * 2_000_000), counted("b", 1), counted("big", 2)])
    async with relaying(stage):
        await stage.put_in_outbox([counted("a", 2), counted("big", 3)])

        async def only_the_subject_is_left() -> bool:
            subjects = await stage.connection.fetch("SELECT DISTINCT subject FROM outbox")
            return [row["subject"] for row in subjects] == ["big"] and await stage.count("outbox_aside") == 1

        await until(only_the_subject_is_left)
        assert [record.key for record in await stage.sent()].count(b"a") == 2
        assert await outbox.discard_aside(stage.connection, (await outbox.aside(stage.connection))[0].id)
        await stage.emptied()
    records = await stage.sent()
    assert [int(header(record, "ce_sequence")) for record in records if record.key == b"big"] == [2, 3]


async def test_a_released_row_is_sent_before_those_that_waited_for_it(stage: Stage) -> None:
    """A row put aside and released, once the topic takes it, comes in its old place."""
    small = f"{stage.topic}-small"
    await stage.make_topic(small, 1, **{"max.message.bytes": "2000"})
    key, envelope, _ = counted("big", 1)
    await stage.put_in_outbox([(key, envelope, b"x" * 5_000), counted("big", 2), counted("other", 1)], topic=small)
    async with relaying(stage):

        async def set_aside() -> bool:
            return await stage.count("outbox_aside") == 1

        await until(set_aside)
        await stage.configure_topic(small, "max.message.bytes", "1000000")
        assert await outbox.release_aside(stage.connection, (await outbox.aside(stage.connection))[0].id)
        await stage.emptied()
    records = await stage.sent(small)
    assert [int(header(record, "ce_sequence")) for record in records if record.key == b"big"] == [1, 2]


async def test_a_topic_that_is_not_there_holds_up_its_own_rows_only(stage: Stage) -> None:
    """Rows of other topics are sent meanwhile."""
    await stage.put_in_outbox([counted("a", 1)], topic=f"{stage.topic}-absent")
    await stage.put_in_outbox([counted("b", 1)])
    async with relaying(stage) as relay:
        await stage.emptied(f"outbox WHERE topic = '{stage.topic}'")
        assert relay.leading
    assert await stage.count("outbox") == 1


async def test_a_topic_that_is_deleted_under_way_holds_up_its_own_rows_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of other topics are sent though nothing is given up yet; its own once it is there again."""
    monkeypatch.setattr("chassis.relaying.relay.TOPIC_ABSENT_SECONDS", 1.0)
    doomed = f"{stage.topic}-doomed"
    await stage.make_topic(doomed)
    async with relaying(stage) as relay:
        await stage.put_in_outbox([counted("a", 1)], topic=doomed)
        relay.published()
        await stage.emptied()
        await stage.delete_topic(doomed)
        await stage.put_in_outbox([counted("a", 2)], topic=doomed)
        await stage.put_in_outbox([counted("b", 1)])
        relay.published()
        await stage.emptied(f"outbox WHERE topic = '{stage.topic}'")
        assert await stage.count("outbox") == 1
        await stage.make_topic(doomed)
        await stage.emptied()
    assert [int(header(record, "ce_sequence")) for record in await stage.sent(doomed)] == [2]


async def test_a_producer_that_is_of_no_use_any_more_is_replaced_and_the_outbox_read_again(stage: Stage) -> None:
    """Here another one has opened its transactional id: fatal for aiokafka's producer, of no account for the rows."""
    async with relaying(stage) as relay:
        await stage.put_in_outbox([counted("a", 1)])
        relay.published()
        await stage.emptied()
        other = make_producer(stage.settings(), client_id="other", transactional_id=f"{stage.name}.outbox")
        await other.start()
        await other.stop()
        await stage.put_in_outbox([counted("a", 2), counted("a", 3)])
        relay.published()
        await stage.emptied()
    assert [int(header(record, "ce_sequence")) for record in await stage.sent()] == [1, 2, 3]


async def test_rows_of_a_topic_that_is_not_ours_to_write_stand_aside_one_of_each_subject(stage: Stage) -> None:
    """Other topics' rows of the same subjects are sent; once it is allowed all come, in their order."""
    forbidden = f"{stage.topic}-forbidden"
    await stage.make_topic(forbidden)
    allowed = False

    class Unauthorised(Relay):
        async def _transmit(self, producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
            if not allowed and any(place.topic == forbidden for batches in window.rounds for place in batches):
                raise TopicAuthorizationFailedError(forbidden)
            return await super()._transmit(producer, window)

    for number in (1, 2):
        for topic in (forbidden, stage.topic):
            await stage.put_in_outbox([counted("a", number), counted("b", number)], topic=topic)
    async with relaying(stage, Unauthorised):
        await stage.emptied(f"outbox WHERE topic = '{stage.topic}'")
        rows = await outbox.aside(stage.connection)
        assert [(row.topic, row.subject, row.error) for row in rows] == [
            (forbidden, subject, "TopicAuthorizationFailedError") for subject in ("a", "b")
        ]
        allowed = True
        for row in rows:
            assert await outbox.release_aside(stage.connection, row.id)
        await stage.emptied()
    sent = [(record.key.decode(), int(header(record, "ce_sequence"))) for record in await stage.sent(forbidden)]
    assert numbers_by_subject(sent) == {"a": [1, 2], "b": [1, 2]}


async def test_the_age_of_the_oldest_unsent_row_is_told(stage: Stage) -> None:
    """Health and alarms look at it."""
    assert await outbox.depth(stage.connection) == outbox.Depth(0, 0, 0)
    await stage.put_in_outbox([counted("a", 1), counted("a", 2)])
    await stage.connection.execute("UPDATE outbox SET created_at = now() - interval '1 hour'")
    depth = await outbox.depth(stage.connection)
    assert depth.rows == 2
    assert 3600 <= depth.age < 3700


async def test_a_long_outbox_is_read_by_its_index_though_it_was_empty_when_statistics_were_taken(stage: Stage) -> None:
    """Sorting it for each window would make a long outbox ever slower."""
    await stage.connection.execute("ANALYZE outbox")
    await stage.put_in_outbox([counted("s", n) for n in range(3000)])
    async with lead(stage.name, stage.settings(), asyncio.Event()) as connection:
        assert connection is not None
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {WINDOW}", 500, [], WINDOW_BYTES, [1, 2]))
    assert "Index Scan using outbox_pkey" in plan
    assert "Sort" not in plan


async def test_what_a_broker_committed_and_nobody_can_read_is_sent_again(stage: Stage) -> None:
    """A transaction that the broker calls ended and leaves open hides nothing for long: its rows are still there."""

    class OnceLost(Relay):
        """Its first commit is answered and never takes place."""

        lost = 0

        def _open(self) -> AIOKafkaProducer:
            producer = super()._open()
            if not self.lost:
                producer.commit_transaction = self._lose
            return producer

        async def _lose(self) -> None:
            self.lost += 1

    await stage.put_in_outbox([counted("a", 1), counted("b", 1)])
    async with relaying(stage, OnceLost, visible_within=1) as relay:
        await stage.emptied()
    assert isinstance(relay, OnceLost)
    assert relay.lost == 1
    assert sorted(record.key.decode() for record in await stage.sent()) == ["a", "b"]
