"""Reading again what a restored database has lost: at what time, and in what order."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import TopicPartition
from hypothesis import given, strategies as st

from chassis.recovering.replay import TOGETHER, TOGETHER_MS, Merge, ReplayClock

A, B = TopicPartition("a", 0), TopicPartition("b", 0)
MILLISECOND = timedelta(milliseconds=1)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  bounds are naive
def test_what_a_record_tells_is_never_after_the_clock(told: datetime) -> None:
    """Kafka cuts the microseconds of when it got a record; what happened in that millisecond was before it was got.

    Else an owner that takes the earlier of the two times would take another one the second time.
    """
    clock = ReplayClock()
    clock.set(int((told - datetime(1970, 1, 1, tzinfo=UTC)) / MILLISECOND))
    assert told <= clock.now() < told + MILLISECOND


@pytest.mark.parametrize("milliseconds", [0, 1, 999, 1_764_000_000_123])
def test_the_clock_stands_at_the_end_of_the_millisecond(milliseconds: int) -> None:
    """The last microsecond of it, and not yet in the next."""
    clock = ReplayClock()
    clock.set(milliseconds)
    end = datetime(1970, 1, 1, tzinfo=UTC) + milliseconds * MILLISECOND + timedelta(microseconds=999)
    assert clock.now() == end


@dataclass(frozen=True)
class Written:
    """A record, as far as merging looks at it."""

    topic: str
    offset: int
    timestamp: int


@dataclass
class Topics:
    """A consumer that gives a few records at a time, of whichever partitions it is asked for."""

    held: Mapping[TopicPartition, deque[Written]]
    at: dict[TopicPartition, int] = field(default_factory=dict)

    async def position(self, place: TopicPartition) -> int:
        return self.at.get(place, 0)

    async def getmany(
        self, *places: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, Sequence[Written]]:
        assert timeout_ms > 0 < max_records
        found = {place: [self.held[place].popleft()] for place in places if self.held[place]}
        self.at |= {place: records[-1].offset + 1 for place, records in found.items()}
        return found


async def merged(*times: tuple[TopicPartition, Sequence[int]]) -> list[list[tuple[str, int]]]:
    held = {
        place: deque(Written(place.topic, offset, stamp) for offset, stamp in enumerate(stamps))
        for place, stamps in times
    }
    ends = {place: len(records) for place, records in held.items()}
    batches = Merge(Topics(held), ends).batches()  # type: ignore[arg-type]
    return [[(record.topic, record.timestamp) for record in run] async for run in batches]


async def test_topics_are_merged_by_when_kafka_got_their_records() -> None:
    """Runs of one topic, in the order of time across topics."""
    assert await merged((A, [1, 2, 5]), (B, [3, 4, 6])) == [
        [("a", 1), ("a", 2)], [("b", 3), ("b", 4)], [("a", 5)], [("b", 6)],
    ]  # fmt: skip


async def test_a_partitions_own_order_holds_whatever_its_times_say() -> None:
    """A record with an earlier time behind a later one stays behind it."""
    assert await merged((A, [5, 1]), (B, [3])) == [[("b", 3)], [("a", 5), ("a", 1)]]


async def test_a_run_is_bounded_in_time_and_number() -> None:
    """All of it is handled at the time of its last: nothing in it came much before."""
    assert await merged((A, [0, TOGETHER_MS, TOGETHER_MS + 1])) == [
        [("a", 0), ("a", TOGETHER_MS)], [("a", TOGETHER_MS + 1)],
    ]  # fmt: skip
    assert [len(run) for run in await merged((A, [0] * (TOGETHER + 1)))] == [TOGETHER, 1]
