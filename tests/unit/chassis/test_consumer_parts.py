from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from hypothesis import given, strategies as st

from chassis import errors
from chassis.errors import Kind
from chassis.reading.consumer import Plan
from chassis.reading.inbox import Gap, Ids, Sequences, claim
from chassis.reading.subscriptions import Dedupe
from contracts.envelope import EPOCH, Envelope

ENVELOPE = Envelope("1", "/test", "thing.v1", "s", datetime(2026, 1, 2, tzinfo=UTC), sequence=1)


@pytest.mark.parametrize(
    ("error", "in_handler", "outside"),
    [
        (asyncpg.DeadlockDetectedError(), Kind.CONTENTION, Kind.CONTENTION),
        (asyncpg.SerializationError(), Kind.CONTENTION, Kind.CONTENTION),
        (asyncpg.LockNotAvailableError(), Kind.CONTENTION, Kind.CONTENTION),
        (asyncpg.QueryCanceledError(), Kind.CONTENTION, Kind.CONTENTION),
        (asyncpg.ConnectionDoesNotExistError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.AdminShutdownError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.CannotConnectNowError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.TooManyConnectionsError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.DiskFullError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.ReadOnlySQLTransactionError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (asyncpg.UniqueViolationError(), Kind.PERMANENT, Kind.PERMANENT),
        (asyncpg.DataError(), Kind.PERMANENT, Kind.PERMANENT),
        (asyncpg.InterfaceError("closed"), Kind.CONTENTION, Kind.UNAVAILABLE),
        (ConnectionRefusedError(), Kind.CONTENTION, Kind.UNAVAILABLE),
        (TimeoutError(), Kind.CONTENTION, Kind.UNAVAILABLE),
        (errors.TryAgainError(), Kind.CONTENTION, Kind.CONTENTION),
        (errors.OvertakenError(), Kind.CONTENTION, Kind.CONTENTION),
        (asyncpg.InternalClientError(), Kind.CONTENTION, Kind.UNAVAILABLE),
        (MemoryError(), Kind.UNAVAILABLE, Kind.UNAVAILABLE),
        (KeyError(), Kind.PERMANENT, Kind.UNAVAILABLE),
        (ValueError(), Kind.PERMANENT, Kind.PERMANENT),
    ],
)
def test_failures_that_pass_by_themselves_are_told_from_others(
    error: Exception, in_handler: Kind, outside: Kind
) -> None:
    """A handler's own input and output may fail for good; the database's absence is waited out."""
    assert errors.kind(error, in_handler=True) is in_handler
    assert errors.kind(error, in_handler=False) is outside


def test_an_errors_name_and_place_hold_nothing_of_its_text() -> None:
    """The text of a database error quotes the row."""
    error = asyncpg.UniqueViolationError("SECRET")
    assert errors.name(error) == "UniqueViolationError 23505"
    with pytest.raises(asyncpg.PostgresError) as raised:
        raise error
    assert "SECRET" not in "".join(errors.where(raised.value))
    assert "test_consumer_parts.py" in errors.where(raised.value)[-1]


@given(
    size=st.integers(1, 40),
    most=st.integers(1, 12),
    poison=st.sets(st.integers(0, 39)),
    tells=st.booleans(),
    limit=st.integers(1, 12),
)
def test_a_plan_parks_exactly_the_records_at_fault_in_order(
    size: int, most: int, poison: set[int], *, tells: bool, limit: int
) -> None:
    """Wherever they are, whether or not the handler tells which, and however early a chunk is closed."""
    plan: Plan[int] = Plan(list(range(size)), most)
    done: list[int] = []
    steps = 0
    while chunk := plan.next():
        steps += 1
        at_fault = next((index for index, item in enumerate(chunk[:limit]) if item in poison), None)
        if at_fault is None:
            done.extend(chunk[:limit])
            plan.done(min(limit, len(chunk)))
        elif len(chunk) == 1:
            plan.done(1)
        else:
            plan.cut(at_fault if tells else None, len(chunk))
    assert done == [item for item in range(size) if item not in poison]
    assert steps <= size * 6


def _numbered(*sequences: int | None) -> list[Envelope]:
    return [replace(ENVELOPE, sequence=sequence) for sequence in sequences]


@pytest.mark.parametrize(
    ("last", "sequences", "fresh", "gaps"),
    [
        ({}, [1, 2, 3], [1, 2, 3], []),
        ({}, [7, 8], [7, 8], []),
        ({"s": 3}, [3, 4, 4, 5], [4, 5], []),
        ({"s": 3}, [5, 4, 6], [5, 6], [Gap("s", 3, 5)]),
        ({"s": 3}, [EPOCH + 9, EPOCH + 10], [EPOCH + 9, EPOCH + 10], []),
        ({"s": EPOCH + 1}, [900, EPOCH + 2], [EPOCH + 2], []),
    ],
)
def test_sequences_tell_repeats_and_gaps(
    last: dict[str, int], sequences: list[int], fresh: list[int], gaps: list[Gap]
) -> None:
    """A new epoch begins anywhere; what is not newer than the last is a repeat."""
    inbox = Sequences("reader", Dedupe.SEQUENCE, dict(last))
    found = []
    for envelope in _numbered(*sequences):
        if not inbox.is_repeat(envelope):
            inbox.note(envelope)
            found.append(envelope.sequence)
    assert found == fresh
    assert inbox.gaps == gaps


def test_snapshots_have_no_gaps() -> None:
    """Compaction makes them."""
    inbox = Sequences("reader", Dedupe.SNAPSHOT, {"s": 1})
    for envelope in _numbered(5, 9):
        inbox.note(envelope)
    assert inbox.gaps == []


def test_ids_count_per_source() -> None:
    """Two senders may use the same id for different things."""
    inbox = Ids("reader", {("/test", "1")})
    assert inbox.is_repeat(ENVELOPE)
    other = replace(ENVELOPE, source="/other")
    assert not inbox.is_repeat(other)
    inbox.note(other)
    assert inbox.is_repeat(other)


class FakeConnection:
    """Answers a question with these rows."""

    def __init__(self, *rows: tuple[str | None, int | None, int]) -> None:
        self.rows = rows

    async def fetch(self, *_: Any) -> Any:
        return self.rows


def test_what_another_process_has_written_meanwhile_stops_the_transaction() -> None:
    """Fewer rows written than wanted: the chunk is rolled back, and found to be a repeat at the next try."""
    overtaken: Any = FakeConnection((None, None, 1))
    with pytest.raises(errors.OvertakenError):
        asyncio.run(claim(overtaken, "reader", Dedupe.SEQUENCE, [ENVELOPE], ENVELOPE.time))
