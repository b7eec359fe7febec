"""A window of the outbox on its way to Kafka: built into a batch a partition, and handed over.

aiokafka's ``send`` makes a future for each record and looks its topic up each time; a batch that is built here needs
one of both for hundreds (figures: docs/performance.md). Kafka takes a batch whole or refuses it whole: whose fault that
was the relay finds out by sending less at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
)

from chassis.broker.kafka import MAX_RECORD_BYTES, partition_of
from chassis.seeing import tracing
from chassis.storage import outbox

REFUSED_FOR_GOOD = (
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    InvalidTopicError,
    PolicyViolationError,
    CorruptRecordException,
)

SLICE = 200
"""So many records are built in one go: the process has other things to do, too."""


class TopicGoneError(Exception):
    """A topic of the window under way has been deleted; the text names it."""


@dataclass
class Window:
    """Rows that are sent together, in the order of their ids.

    topic, subject: of the first, for a window of one that is refused. rounds: a batch for each partition, and where
    that was full a further one in the next round. refused: why Kafka need not be asked. full: whether more is likely
    to wait. begun: when it was read, by the monotonic clock.
    """

    ids: list[int] = field(default_factory=list)
    topic: str = ""
    subject: str = ""
    rounds: list[dict[TopicPartition, Any]] = field(default_factory=list)
    spans: list[tracing.Span] = field(default_factory=list)
    refused: KafkaError | None = None
    full: bool = False
    begun: float = field(default_factory=time.monotonic)

    @property
    def topics(self) -> set[str]:
        """Name the topics it goes to."""
        return {place.topic for batches in self.rounds for place in batches}

    def told(self) -> None:
        """Hand over the spans: what they are of can be read."""
        for span in self.spans:
            span.tell()


async def build(
    producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record], partitions: Mapping[str, int], *, full: bool
) -> Window:
    """Build the batches of some rows. ``partitions``: how many a topic has; of others the rows are left out.

    May be done while another window is under way: nothing is sent.
    """
    window, filling, now, traced = Window(full=full), _Filling(producer), round(time.time() * 1000), tracing.on()
    for position, (identity, topic, key, partition_key, subject, headers, value, created_at) in enumerate(rows, 1):
        if topic not in partitions:
            continue
        if not window.ids:
            window.topic, window.subject = topic, subject
        if traced:
            span = tracing.sending(topic, headers["ce_type"], headers.get("ce_traceparent"), created_at)
            window.spans.append(span)
            headers["ce_traceparent"] = span.traceparent
        window.ids.append(identity)
        place = TopicPartition(topic, partition_of(partition_key or key, partitions[topic]))
        size = filling.append(place, now, key.encode(), value, outbox.headers_from_json(headers))
        if size > MAX_RECORD_BYTES:
            window.refused = MessageSizeTooLargeError(f"{size} bytes")
        if not position % SLICE:
            await asyncio.sleep(0)
    window.rounds = filling.rounds
    return window


class _Filling:
    """Batches that are being filled."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._last: dict[TopicPartition, tuple[int, Any]] = {}
        self.rounds: list[dict[TopicPartition, Any]] = []

    def append(
        self, place: TopicPartition, timestamp: int, key: bytes, value: bytes | None, headers: Sequence[Any]
    ) -> int:
        """Put a record behind the others of its partition; gives its size in bytes."""
        number, batch = self._last.get(place) or self._further(place, 0)
        added = batch.append(timestamp=timestamp, key=key, value=value, headers=headers)
        if added is None:  # full; the first of a batch always finds room
            _, batch = self._further(place, number + 1)
            added = batch.append(timestamp=timestamp, key=key, value=value, headers=headers)
        return int(added.size)

    def _further(self, place: TopicPartition, number: int) -> tuple[int, Any]:
        if number == len(self.rounds):
            self.rounds.append({})
        made = self._last[place] = number, self._producer.create_batch()
        self.rounds[number][place] = made[1]
        return made


async def deliver(producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
    """Hand a window over and wait until the broker has it; gives the last offset in each partition.

    Raises what the broker refused a batch with, one of REFUSED_FOR_GOOD first: others may only follow from it.
    """
    last: dict[TopicPartition, int] = {}
    for batches in window.rounds:
        sent = [
            await producer.send_batch(batch, place.topic, partition=place.partition) for place, batch in batches.items()
        ]
        results: list[Any] = await asyncio.gather(*sent, return_exceptions=True)
        if failed := [each for each in results if isinstance(each, BaseException)]:
            raise next((each for each in failed if isinstance(each, REFUSED_FOR_GOOD)), failed[0])
        for (place, batch), result in zip(batches.items(), results, strict=True):
            last[place] = max(result.offset + batch.record_count() - 1, last.get(place, -1))
    return last


def watch_topics(producer: AIOKafkaProducer, window: Window) -> Callable[[], None]:
    """Give what is to be called now and then while a window is under way: raises TopicGoneError.

    At the second look without a topic, not the first: a broker that has just started may not know it yet.
    """
    before = set[str]()

    def look() -> None:
        nonlocal before
        gone = {each for each in window.topics if producer.client.cluster.partitions_for_topic(each) is None}
        if lasting := gone & before:
            raise TopicGoneError(", ".join(sorted(lasting)))
        before = gone
        producer.client.force_metadata_update()  # for the next look

    return look
