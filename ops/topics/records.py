"""Reading a range of records: committed ones only, without a group of its own, in the order of their times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ops import kafka_client
from ops.errors import BrokerError, UserError

ANSWER_SECONDS = 15.0
"""A broker that says nothing for this long while there is more to read is taken for gone."""
AT_ONCE = 500
POLL_SECONDS = 0.25
_WITHOUT_LEADER = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies on a topic. ``value`` None: a tombstone."""

    topic: str
    partition: int
    offset: int
    at: datetime
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None

    def header(self, name: str) -> str:
        """Give a header's text; empty where there is none."""
        return next((value.decode(errors="replace") for each, value in self.headers if each == name), "")

    @property
    def key_text(self) -> str:
        """The key as text."""
        return (self.key or b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin in each partition: one of them, else at the beginning. last: so many from the end."""

    since: datetime | None = None
    offset: int | None = None
    last: int | None = None
    end: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """What to read. partitions: None: all. until: a record's time that is not read any more."""

    topics: Sequence[str]
    start: Start = Start()
    until: datetime | None = None
    partitions: Sequence[int] | None = None


Place = tuple[str, int]


class Reading:
    """One reading of a range. Close it."""

    def __init__(self, bootstrap: str, wanted: Range) -> None:
        self._bootstrap = bootstrap
        self._newer: list[Record] = []
        kafka_client.admin(bootstrap)
        self._consumer: Consumer = kafka_client.reader(bootstrap, enable_partition_eof=True, fetch_wait_max_ms=100)
        try:
            self._begin(wanted)
        except KafkaException as error:
            self.close()
            raise kafka_client.refused(error) from None
        except BaseException:
            self.close()
            raise
        self._until = wanted.until

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _begin(self, wanted: Range) -> None:
        known = self._consumer.list_topics(timeout=kafka_client.CONNECT_SECONDS).topics
        places = places_of(known, wanted.topics, wanted.partitions)
        self.ends = {place: self._watermarks(place) for place in places}
        self.starts = self._starts(wanted.start)
        self._consumer.assign([TopicPartition(*place, offset) for place, offset in self.starts.items()])

    def _watermarks(self, place: Place) -> tuple[int, int]:
        end = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=ANSWER_SECONDS)
                return int(low), int(high)
            except KafkaException as error:
                # A partition that was just made, or whose broker went, has no leader for a moment.
                if error.args[0].code() not in _WITHOUT_LEADER or time.monotonic() > end:
                    raise
                time.sleep(POLL_SECONDS)

    def _starts(self, start: Start) -> dict[Place, int]:
        if start.since is not None:
            return offsets_at(self._consumer, list(self.ends), start.since, self.ends)
        if start.offset is not None:
            return {place: max(start.offset, low) for place, (low, _high) in self.ends.items()}
        if start.end:
            return {place: high for place, (_low, high) in self.ends.items()}
        if start.last is not None:
            # Markers of transactions take offsets too: about every second one of ours.
            return {place: max(low, high - 3 * start.last - 10) for place, (low, high) in self.ends.items()}
        return {place: low for place, (low, _high) in self.ends.items()}

    def held(self) -> Iterator[Record]:
        """Give what is there now, partition by partition in order. Raises BrokerError where Kafka stops answering."""
        open_places = {place for place, (_low, high) in self.ends.items() if self.starts[place] < high}
        last = time.monotonic()
        while open_places:
            batch = self._consumer.consume(AT_ONCE, timeout=POLL_SECONDS)
            last = time.monotonic() if batch else last
            for raw in batch:
                record = self._taken(raw, open_places)
                if record is not None:
                    yield record
            if not batch and time.monotonic() - last > ANSWER_SECONDS:
                raise BrokerError(f"Kafka at {self._bootstrap} stopped answering while topics were read.")

    def _taken(self, raw: Any, open_places: set[Place]) -> Record | None:  # noqa: ANN401 - the client's type is untyped
        place, error = (raw.topic(), raw.partition()), raw.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                open_places.discard(place)
            return None
        record = from_raw(raw)
        if record.offset >= self.ends[place][1]:
            self._newer.append(record)
        if place not in open_places:
            return None
        if record.offset + 1 >= self.ends[place][1]:
            open_places.discard(place)
        if self._until is not None and record.at >= self._until:
            open_places.discard(place)
            return None
        return record if record.offset < self.ends[place][1] else None

    def new(self, stop: Callable[[], bool]) -> Iterator[Record | None]:
        """Give what comes from now on; None whenever nothing came for a moment. After ``held``, or from the end."""
        yield from self._newer
        while not stop():
            raw = self._consumer.poll(POLL_SECONDS)
            if raw is None:
                yield None
            elif raw.error() is None:
                record = from_raw(raw)
                if record.offset >= self.ends[record.topic, record.partition][1]:
                    yield record


def held(bootstrap: str, *topics: str) -> list[Record]:
    """Read all that topics hold now. Raises UserError where one is not there, BrokerError where no Kafka answers."""
    with closing(Reading(bootstrap, Range(topics))) as reading:
        return list(reading.held())


def places_of(known: Mapping[str, Any], topics: Sequence[str], partitions: Sequence[int] | None) -> list[Place]:
    """Tell the partitions that are meant. Raises UserError where one of them is not there."""
    places = []
    for topic in topics:
        if topic not in known:
            raise UserError(f"The broker has no topic {topic}: fordeling topics list, or make it: topics create.")
        there = sorted(known[topic].partitions)
        if missing := sorted(set(partitions or ()) - set(there)):
            raise UserError(f"--partition: {topic} has no partition {missing[0]}, but {there[0]} to {there[-1]}.")
        places += [(topic, number) for number in there if partitions is None or number in partitions]
    return places


def offsets_at(
    consumer: Consumer, places: Sequence[Place], since: datetime, ends: Mapping[Place, tuple[int, int]]
) -> dict[Place, int]:
    """Find the first offset of each partition from that time on; its end where there is none."""
    moment = round(since.timestamp() * 1000)
    found = consumer.offsets_for_times([TopicPartition(*place, moment) for place in places], timeout=ANSWER_SECONDS)
    offsets = {(str(each.topic), int(each.partition or 0)): int(each.offset) for each in found}
    return {place: offset if offset >= 0 else ends[place][1] for place, offset in offsets.items()}


def from_raw(raw: Any) -> Record:  # noqa: ANN401 - the client's own message type is untyped
    """Read what the client gives."""
    return Record(
        topic=str(raw.topic()),
        partition=int(raw.partition()),
        offset=int(raw.offset()),
        at=datetime.fromtimestamp(max(raw.timestamp()[1], 0) / 1000, UTC),
        key=raw.key(),
        headers=[(str(name), value or b"") for name, value in raw.headers() or ()],
        value=raw.value(),
    )
