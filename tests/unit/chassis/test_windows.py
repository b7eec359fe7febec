"""Windows of the outbox: what is in which batch, and what a refusal is told as."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import RecordMetadata

from chassis.broker.kafka import partition_of
from chassis.relaying.windows import Window, build, deliver

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PARTITIONS = 3


@dataclass
class Producer:
    """Batches are aiokafka's own; what was sent is kept. ``refusals``: errors by the number of the batch, from 0."""

    size: int = 1000
    refusals: dict[int, Exception] = field(default_factory=dict)
    sent: list[tuple[str, int, list[bytes]]] = field(default_factory=list)

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(self.size, 0)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[RecordMetadata]:
        future: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        if (refusal := self.refusals.get(len(self.sent))) is not None:
            future.set_exception(refusal)
        before = sum(len(values) for *place, values in self.sent if place == [topic, partition])
        values = [record.value for record in MemoryRecords(bytes(batch._build())).next_batch()]
        self.sent.append((topic, partition, values))
        if refusal is None:
            place = TopicPartition(topic, partition)
            future.set_result(RecordMetadata(topic, partition, place, before, -1, 0, 0))
        return future


def rows(count: int, *, size: int = 300) -> list[Sequence[Any]]:
    """Make rows as the outbox gives them, of five subjects."""
    return [
        (n, "t", f"k-{n % 5}", None, f"s-{n % 5}", {"ce_id": str(n)}, b"%04d" % n + b"x" * (size - 4), NOON)
        for n in range(count)
    ]


async def built(producer: Producer, of: Sequence[Any], partitions: int = PARTITIONS) -> Window:
    return await build(producer, of, {"t": partitions}, full=True)


async def test_records_of_a_partition_are_sent_in_the_order_of_their_rows_over_as_many_batches_as_they_need() -> None:
    """Every record once, where its key belongs, none before an earlier one; the last offsets are those of the last."""
    producer = Producer()
    window = await built(producer, rows(100))
    last = await deliver(producer, window)
    assert window.ids == list(range(100))
    assert len(producer.sent) > 2 * PARTITIONS
    for partition in range(PARTITIONS):
        numbers = [int(value[:4]) for _, at, values in producer.sent if at == partition for value in values]
        assert numbers == [n for n in range(100) if partition_of(f"k-{n % 5}", PARTITIONS) == partition]
        if numbers:
            assert last[TopicPartition("t", partition)] == len(numbers) - 1


async def test_a_record_larger_than_a_batch_has_one_of_its_own_and_keeps_its_place() -> None:
    """A letter's worth of text is larger than a batch is meant to be, and no error."""
    producer = Producer()
    some = rows(3)
    some[1] = (*some[1][:6], b"0001" + b"x" * 5000, NOON)
    await deliver(producer, await built(producer, some, 1))
    assert [[int(value[:4]) for value in values] for *_, values in producer.sent] == [[0], [1], [2]]


async def test_a_record_that_no_broker_takes_is_refused_before_anything_is_sent() -> None:
    """The relay narrows down which one it is, as for what a broker refuses."""
    producer = Producer()
    window = await built(producer, [*rows(3), *rows(1, size=1_000_001)])
    assert isinstance(window.refused, MessageSizeTooLargeError)


async def test_rows_of_topics_that_are_not_there_are_left_out() -> None:
    """They stay in the outbox: only what is in the window is deleted with it."""
    other = [(7, "absent", "k", None, "s", {}, b"", NOON)]
    assert (await built(Producer(), [*other, *rows(2)])).ids == [0, 1]


async def test_of_several_errors_the_refusal_is_told() -> None:
    """What follows from it for other partitions is no reason to give up the lead instead of looking for the row."""
    producer = Producer(refusals={0: OutOfOrderSequenceNumber(), 1: MessageSizeTooLargeError()})
    window = await built(producer, rows(5, size=30))
    assert len(window.rounds[0]) > 1
    with pytest.raises(MessageSizeTooLargeError):
        await deliver(producer, window)
