"""Reading again what a restored database has lost: all that the topics still hold, in the order in which it came.

The messages of all topics are merged by the time at which Kafka got them, and handled at that time, so that they meet
what they met the first time: the same outcomes, under the same ids. What the database has had, its inbox knows.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from chassis.broker.kafka import all_partitions, connection_options, make_reader_of_all
from chassis.reading.consumer import Reader
from chassis.reading.intake import to_record
from chassis.settings import Settings

log = structlog.get_logger(__name__)

FETCH_RECORDS = 500
FETCH_MS = 200
TOGETHER = 100
TOGETHER_MS = 1000
"""Records of one topic that came within this time are handled in one go, at the time of the last."""


class ReplayClock:
    """Tells the time at which Kafka got what is being handled."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def now(self) -> datetime:
        """Tell it."""
        return self.time

    def set(self, milliseconds: int) -> None:
        """Set it to a record's timestamp: to the end of its millisecond, for what the record tells was before."""
        self.time = datetime.fromtimestamp(milliseconds / 1000, UTC) + timedelta(microseconds=999)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was done. ``records``: looked at; ``handled``: those the database had not had. ``seconds``: how long."""

    records: int
    handled: int
    parked: int
    seconds: float


@dataclass
class Merge:
    """The records of all partitions up to where they ended when this began, by their timestamps."""

    consumer: AIOKafkaConsumer
    ends: Mapping[TopicPartition, int]
    held: dict[TopicPartition, deque[ConsumerRecord]] = field(default_factory=dict)

    async def batches(self) -> AsyncIterator[Sequence[ConsumerRecord]]:
        """Yield runs of records of one topic, in the merged order."""
        run: list[ConsumerRecord] = []
        while (record := await self._next()) is not None:
            ends_run = run and (
                record.topic != run[0].topic
                or len(run) >= TOGETHER
                or record.timestamp - run[0].timestamp > TOGETHER_MS
            )
            if ends_run:
                yield run
                run = []
            run.append(record)
        if run:
            yield run

    async def _next(self) -> ConsumerRecord | None:
        for place, end in self.ends.items():
            while not self.held.get(place) and await self.consumer.position(place) < end:
                await self._fetch()
        waiting = [place for place, records in self.held.items() if records]
        if not waiting:
            return None
        # Of one partition the order of offsets holds, whatever the timestamps say.
        first = min(waiting, key=lambda place: (self.held[place][0].timestamp, place.topic, place.partition))
        return self.held[first].popleft()

    async def _fetch(self) -> None:
        lacking = [place for place in self.ends if not self.held.get(place)]
        found = await self.consumer.getmany(*lacking, timeout_ms=FETCH_MS, max_records=FETCH_RECORDS)
        for place, records in found.items():
            fitting = (record for record in records if record.offset < self.ends[place])
            self.held.setdefault(place, deque()).extend(fitting)


async def replay(
    settings: Settings,
    readers: Sequence[Reader],
    clock: ReplayClock,
    since: datetime | None,
) -> Replayed:
    """Handle what the topics hold, from ``since`` or their beginnings, and have the groups go on from there.

    No process of the service may run meanwhile.
    """
    begun, records = time.monotonic(), 0
    by_topic = {reader.subscription.topic: reader for reader in readers}
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(make_reader_of_all(settings))
        ends = await _begin(consumer, list(by_topic), since)
        async for run in Merge(consumer, ends).batches():
            clock.set(run[-1].timestamp)
            await by_topic[run[0].topic].handle([to_record(record) for record in run])
            records += len(run)
    for reader in readers:
        mine = {place: end for place, end in ends.items() if place.topic == reader.subscription.topic}
        await _commit(settings, reader.group, mine)
    handled = sum(reader.progress.counts["handled"] for reader in readers)
    parked = sum(reader.progress.counts["parked"] for reader in readers)
    return Replayed(records, handled, parked, time.monotonic() - begun)


async def _begin(
    consumer: AIOKafkaConsumer, topics: Sequence[str], since: datetime | None
) -> dict[TopicPartition, int]:
    """Set the consumer to where reading begins; gives where it ends."""
    places = await all_partitions(consumer, topics)
    consumer.assign(places)
    ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
    if since is None:
        await consumer.seek_to_beginning(*places)
        return ends
    milliseconds = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(places, milliseconds))
    for place in places:
        consumer.seek(place, found[place].offset if found.get(place) else ends[place])
    return ends


async def _commit(settings: Settings, group: str, ends: Mapping[TopicPartition, int]) -> None:
    """Have the group go on from there."""
    consumer = AIOKafkaConsumer(**connection_options(settings), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(ends))
        await consumer.commit({place: OffsetAndMetadata(end, "") for place, end in ends.items()})
    finally:
        await consumer.stop()
