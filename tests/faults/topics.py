"""Reading topics from where a fault began to where they end: every record as it lies there, committed ones only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from contracts.topics import TOPICS

T = TypeVar("T")
Marks = Mapping[tuple[str, int], int]
PATIENCE_SECONDS = 60.0
SMALL = 200
"""So many records of a partition are read to find whether a group really has some before it."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record. Headers that are no text are left out. ``value`` None: a tombstone."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    value: bytes | None

    @property
    def id(self) -> str:
        """Its CloudEvents id; empty where it has none."""
        return self.headers.get("ce_id", "")

    @property
    def subject(self) -> str:
        """Its CloudEvents subject."""
        return self.headers.get("ce_subject", "")

    @property
    def source(self) -> str:
        """Who says that it comes from them."""
        return self.headers.get("ce_source", "")

    @property
    def type(self) -> str:
        """Its CloudEvents type."""
        return self.headers.get("ce_type", "")

    @property
    def sequence(self) -> int | None:
        """Its place among those of its subject."""
        text = self.headers.get("ce_sequence", "")
        return int(text) if text.isdigit() else None


def ends(bootstrap: str, topics: Sequence[str] | None = None) -> dict[tuple[str, int], int]:
    """Tell where each partition ends now, by topic and number."""
    return _patiently(lambda: _ends(bootstrap, topics or [topic.name for topic in TOPICS]))


def read(bootstrap: str, start: Marks, topics: Sequence[str]) -> list[Record]:
    """Read topics from ``start`` (where it names none, from the beginning) to where they end now."""
    wanted = {place: start.get(place, 0) for place in ends(bootstrap, topics)}
    return _patiently(lambda: list(_read(bootstrap, wanted)))


def behind(bootstrap: str, groups: Callable[[str], bool]) -> dict[str, int]:
    """Tell for each consumer group how many records it has before it; those with none are left out.

    A transaction's own marks take offsets too, and nobody ever acknowledges those: only records are counted.
    """
    return _patiently(lambda: _behind(bootstrap, groups))


def open_transactions(bootstrap: str) -> list[str]:
    """Tell the partitions whose end cannot be read by who reads committed records only."""
    return _patiently(lambda: _open_transactions(bootstrap))


def _open_transactions(bootstrap: str) -> list[str]:
    readable = _ends(bootstrap, [topic.name for topic in TOPICS])  # a reader of committed records is told their end
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    asked = admin.list_offsets(
        {TopicPartition(*place): OffsetSpec.latest() for place in readable},
        isolation_level=IsolationLevel.READ_UNCOMMITTED,
        request_timeout=10,
    )
    written = {(place.topic, place.partition): future.result().offset for place, future in asked.items()}
    return [f"{topic}/{number}" for (topic, number), end in readable.items() if end < written[topic, number]]


def _ends(bootstrap: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    consumer = Consumer(_client(bootstrap))
    try:
        known = consumer.list_topics(timeout=10).topics
        return {
            (name, number): consumer.get_watermark_offsets(TopicPartition(name, number), timeout=10)[1]
            for name in topics
            if name in known
            for number in known[name].partitions
        }
    finally:
        consumer.close()


def _read(bootstrap: str, start: Mapping[tuple[str, int], int]) -> Iterator[Record]:
    consumer = Consumer({**_client(bootstrap), "enable.partition.eof": True, "fetch.wait.max.ms": 50})
    try:
        open_ones = set(start)
        consumer.assign([TopicPartition(*place, offset) for place, offset in start.items()])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while open_ones:
            record = consumer.poll(0.5)
            if record is None:
                if time.monotonic() > deadline:
                    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            elif record.error() is None:
                yield _record(record)
            elif record.error().code() == KafkaError._PARTITION_EOF:
                open_ones.discard((record.topic(), record.partition()))
            elif not record.error().retriable():
                raise KafkaException(record.error())
    finally:
        consumer.close()


def _behind(bootstrap: str, groups: Callable[[str], bool]) -> dict[str, int]:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    names = [one.group_id for one in admin.list_consumer_groups().result(10).valid if groups(one.group_id)]
    end = _ends(bootstrap, [topic.name for topic in TOPICS])
    found = {}
    asked = {
        name: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)])[name] for name in sorted(names)
    }
    for name, future in asked.items():
        offsets = {(place.topic, place.partition): place.offset for place in future.result(10).topic_partitions or ()}
        gaps = {place: at for place, at in offsets.items() if max(at, 0) < end.get(place, 0)}
        large = sum(end[place] - at for place, at in gaps.items() if end[place] - at > SMALL)
        small = {place: max(at, 0) for place, at in gaps.items() if end[place] - at <= SMALL}
        count = large + (sum(1 for _ in _read(bootstrap, small)) if small else 0)
        if count:
            found[name] = count
    return found


def _record(record: Any) -> Record:
    headers = {}
    for name, value in record.headers() or ():
        try:
            headers[name] = (value or b"").decode()
        except UnicodeDecodeError:
            continue
    key = (record.key() or b"").decode(errors="replace")
    return Record(record.topic(), record.partition(), record.offset(), key, headers, record.value())


def _client(bootstrap: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap,
        "group.id": "rig-audit",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "log_level": 0,
    }


def _patiently(work: Callable[[], T]) -> T:
    """Do it again while Kafka is not well, within bounds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
