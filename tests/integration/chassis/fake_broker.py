"""Kafka as a log in memory, which may do all that Kafka and the network may."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, ProducerFenced

from chassis.reading.subscriptions import Record

PARTITIONS, BATCH = 2, 2


@dataclass
class Broker:
    """Keeps logs and the newest epoch of the one transactional producer."""

    logs: dict[str, list[list[Record]]] = field(default_factory=dict)
    epoch: int = 0
    strict: bool = True
    """Whether rows with padding are too large."""
    mishaps: list[str] = field(default_factory=list)
    """What happens at the next commits: ``before`` or ``after`` it the answer is lost; ``hidden``: it is answered and
    nobody can read what was committed; an empty one: nothing.
    """

    def log(self, topic: str) -> list[list[Record]]:
        return self.logs.setdefault(topic, [[] for _ in range(PARTITIONS)])

    def append(self, topic: str, partition: int, key: bytes, headers: Any, value: bytes | None) -> None:
        log = self.log(topic)[partition]
        log.append(Record(topic, partition, len(log), 1000 * len(log), key, tuple(headers), value))

    def open(self) -> Producer:
        self.epoch += 1
        return Producer(self, self.epoch)


@dataclass(frozen=True)
class Sent:
    """Where a batch lies: of aiokafka's metadata, what the relay looks at."""

    topic_partition: TopicPartition
    offset: int


@dataclass
class Ends:
    """What the relay needs of the consumer that tells how far committed records can be read."""

    broker: Broker

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: len(self.broker.log(each.topic)[each.partition]) for each in partitions}


@dataclass(frozen=True)
class Added:
    """Of what aiokafka's batch says of a record, what the relay looks at."""

    size: int


@dataclass
class Batch:
    """What the relay needs of aiokafka's batches: two records are one's fill."""

    records: list[tuple[bytes, Any, bytes]] = field(default_factory=list)

    def append(self, *, timestamp: int, key: bytes, value: bytes, headers: Any) -> Added | None:
        del timestamp
        if len(self.records) == BATCH:
            return None
        self.records.append((key, headers, value))
        return Added(len(value))

    def record_count(self) -> int:
        return len(self.records)


@dataclass
class Producer:
    """What the relay needs of aiokafka's transactional producer."""

    broker: Broker
    epoch: int
    _open: list[tuple[Any, ...]] = field(default_factory=list)

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(len(self.broker.log(topic))))

    async def begin_transaction(self) -> None:
        self._open = []

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[Sent]:
        sent: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        if self.broker.strict and any(b'"padding":"x' in value for _, _, value in batch.records):
            sent.set_exception(MessageSizeTooLargeError())
            return sent
        before = sum(record[:2] == (topic, partition) for record in self._open)
        self._open += [(topic, partition, *record) for record in batch.records]
        sent.set_result(Sent(TopicPartition(topic, partition), len(self.broker.log(topic)[partition]) + before))
        return sent

    async def commit_transaction(self) -> None:
        if self.epoch != self.broker.epoch:
            raise ProducerFenced
        mishap = self.broker.mishaps.pop(0) if self.broker.mishaps else ""
        if mishap == "before":
            raise KafkaConnectionError
        if mishap == "hidden":
            return
        for record in self._open:
            self.broker.append(*record)
        if mishap == "after":
            raise KafkaConnectionError
