"""How far each consumer group is behind, how fast it goes, and when it will have caught up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from contracts.topics import GATEWAY, SERVICES, TOPICS
from ops import kafka_client
from ops.topics.records import Place

SECONDS = 15.0
NEVER = ("missing", "dead")
"""States of a group that is not there: the broker knows nothing of it."""
FEW = 200
"""So few may be markers of transactions only: they are looked at."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a group is at a moment. done: by place, the next offset it reads; ends: where the topic ends."""

    at: float
    done: Mapping[Place, int]
    ends: Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One partition of a group. lag: records not handled. done, new: records a second; eta: seconds, None: never."""

    topic: str
    partition: int
    committed: int | None
    end: int
    lag: int
    done_rate: float
    new_rate: float

    @property
    def eta(self) -> float | None:
        """When it will have caught up, in seconds; None where it does not."""
        return eta(self.lag, self.done_rate, self.new_rate)


@dataclass(frozen=True, slots=True)
class GroupLag:
    """One group. state: the broker's word in small letters; members: processes that read."""

    group: str
    state: str
    members: int
    partitions: Sequence[PartitionLag]

    @property
    def lag(self) -> int:
        """Records that it has not handled."""
        return sum(each.lag for each in self.partitions)

    @property
    def rates(self) -> tuple[float, float]:
        """Records a second: done, new."""
        return sum(each.done_rate for each in self.partitions), sum(each.new_rate for each in self.partitions)

    @property
    def eta(self) -> float | None:
        """When the whole group will have caught up, in seconds."""
        return eta(self.lag, *self.rates)

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        done, new = self.rates
        return {
            "group": self.group,
            "state": self.state,
            "members": self.members,
            "lag": self.lag,
            "done_per_second": round(done, 1),
            "new_per_second": round(new, 1),
            "caught_up_in_seconds": None if self.eta is None else round(self.eta, 1),
            "partitions": [
                {
                    "topic": each.topic,
                    "partition": each.partition,
                    "committed": each.committed,
                    "end": each.end,
                    "lag": each.lag,
                    "done_per_second": round(each.done_rate, 1),
                    "new_per_second": round(each.new_rate, 1),
                    "caught_up_in_seconds": None if each.eta is None else round(each.eta, 1),
                }
                for each in self.partitions
            ],
        }


def eta(lag: int, done: float, new: float) -> float | None:
    """Tell in how many seconds so many records are handled at that pace; None: never."""
    if lag <= 0:
        return 0.0
    return lag / (done - new) if done > new else None


def expected() -> dict[str, str]:
    """Tell the groups that must be there, and the topic of each: one for each reader of each topic."""
    ours = (*SERVICES, GATEWAY)
    return {f"{name}.{topic.name}": topic.name for topic in TOPICS for name in topic.consumers if name in ours}


class LagReader:
    """Asks a broker again and again. Close it."""

    def __init__(self, bootstrap: str) -> None:
        self._admin: AdminClient = kafka_client.admin(bootstrap)
        self._bootstrap = bootstrap
        self._before: dict[str, Sample] = {}

    def groups(self) -> list[str]:
        """Tell the groups that there are, and ours that there should be."""
        try:
            listed = self._admin.list_consumer_groups(request_timeout=SECONDS).result()
        except KafkaException as error:
            raise kafka_client.refused(error) from None
        return sorted({one.group_id for one in listed.valid} | expected().keys())

    def held(self, topics: Sequence[str]) -> dict[str, int]:
        """Tell how many offsets each topic holds that is there: records, and markers of transactions."""
        try:
            there = self._admin.list_topics(timeout=SECONDS).topics
            places = [(name, number) for name in topics if name in there for number in there[name].partitions]
            lows, ends = self._offsets(places, kafka_client.EARLIEST), self._offsets(places, kafka_client.LATEST)
        except KafkaException as error:
            raise kafka_client.refused(error) from None
        found: dict[str, int] = {}
        for place in places:
            found[place[0]] = found.get(place[0], 0) + ends[place] - lows[place]
        return found

    def watermarks(self, topic: str) -> dict[int, tuple[int, int]]:
        """Tell each partition's first offset and its end."""
        try:
            places = [
                (topic, number) for number in self._admin.list_topics(topic, timeout=SECONDS).topics[topic].partitions
            ]
            lows, ends = self._offsets(places, kafka_client.EARLIEST), self._offsets(places, kafka_client.LATEST)
        except KafkaException as error:
            raise kafka_client.refused(error) from None
        return {place[1]: (lows[place], ends[place]) for place in sorted(places)}

    def look(self, groups: Sequence[str]) -> list[GroupLag]:
        """Look at these groups; rates are those since the last look. Raises BrokerError."""
        try:
            return self._look(groups)
        except KafkaException as error:
            raise kafka_client.refused(error) from None

    def _look(self, groups: Sequence[str]) -> list[GroupLag]:
        described = self._admin.describe_consumer_groups(list(groups), request_timeout=SECONDS) if groups else {}
        topics = self._admin.list_topics(timeout=SECONDS).topics
        committed = {group: self._committed(group) for group in groups}
        places: dict[str, list[Place]] = {}
        for group in groups:
            names = {topic for topic, _ in committed[group]} | {expected().get(group, "")}
            places[group] = [
                (name, number) for name in sorted(names) if name in topics for number in topics[name].partitions
            ]
        every = sorted({place for each in places.values() for place in each})
        lows, ends = self._offsets(every, kafka_client.EARLIEST), self._offsets(every, kafka_client.LATEST)
        now = time.monotonic()
        found = []
        for group in groups:
            done = {place: max(committed[group].get(place, 0), lows[place]) for place in places[group]}
            sample = Sample(now, done, {place: ends[place] for place in places[group]})
            state, members = _state(described[group])
            found.append(self._group(group, state, members, sample, committed[group]))
        return found

    def _group(self, group: str, state: str, members: int, sample: Sample, committed: Mapping[Place, int]) -> GroupLag:
        before, self._before[group] = self._before.get(group), sample
        few = {place: done for place, done in sample.done.items() if 0 < sample.ends[place] - done <= FEW}
        real = self._counted(few, sample.ends)
        partitions = [
            PartitionLag(
                *place,
                committed.get(place),
                sample.ends[place],
                real.get(place, max(sample.ends[place] - done, 0)),
                _rate(before.done if before else {}, sample.done, place, sample.at - (before.at if before else 0)),
                _rate(before.ends if before else {}, sample.ends, place, sample.at - (before.at if before else 0)),
            )
            for place, done in sample.done.items()
        ]
        return GroupLag(group, state, members, partitions)

    def _committed(self, group: str) -> dict[Place, int]:
        [asked] = self._admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group)], request_timeout=SECONDS
        ).values()
        try:
            found = asked.result().topic_partitions
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return {}
            raise
        return {(each.topic, each.partition): each.offset for each in found if each.offset >= 0}

    def _offsets(self, places: Sequence[Place], spec: OffsetSpec) -> dict[Place, int]:
        if not places:
            return {}
        asked = self._admin.list_offsets(
            {TopicPartition(*place): spec for place in places},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=SECONDS,
        )
        return {(place.topic, place.partition): future.result().offset for place, future in asked.items()}

    def _counted(self, places: Mapping[Place, int], ends: Mapping[Place, int]) -> dict[Place, int]:
        """Count records, without the markers of transactions, which take offsets too and which nobody reads."""
        if not places:
            return {}
        consumer = kafka_client.reader(self._bootstrap, enable_partition_eof=True, fetch_wait_max_ms=20)
        try:
            consumer.assign([TopicPartition(*place, offset) for place, offset in places.items()])
            count, left, end = dict.fromkeys(places, 0), set(places), time.monotonic() + SECONDS
            while left and time.monotonic() < end:
                for raw in consumer.consume(FEW, timeout=0.1):
                    place, offset = (str(raw.topic()), int(raw.partition() or 0)), int(raw.offset() or 0)
                    if raw.error() is not None:
                        left.discard(place)
                    elif offset < ends[place]:
                        count[place] += 1
            return {place: number for place, number in count.items() if place not in left}
        finally:
            consumer.close()


def _rate(before: Mapping[Place, int], now: Mapping[Place, int], place: Place, seconds: float) -> float:
    return max(now[place] - before[place], 0) / seconds if place in before and seconds > 0 else 0.0


def _state(asked: Any) -> tuple[str, int]:  # noqa: ANN401 - the client's own future
    try:
        found = asked.result()
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return "missing", 0
        raise
    return found.state.name.lower().replace("_", " "), len(found.members)
