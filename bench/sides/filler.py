"""Messages of a believable size that say nothing: the same for every contestant, to the byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from chassis.storage.outbox import Outgoing
from contracts.envelope import Envelope, Message

PARTITIONS, KEYS, WINDOW = 6, 500, 500
TIME = datetime(2026, 1, 2, 12, tzinfo=UTC)
ItemT = TypeVar("ItemT")


class Filler(Message):
    """About half a kilobyte. number: counts from 0; within a key it rises."""

    message_type: ClassVar[str] = "bench.filler.v1"
    number: int
    filler: str = "x" * 480


def outgoing(topic: str, first: int, count: int) -> list[Outgoing]:
    """Make records ``first`` to ``first + count``, spread over 500 keys."""
    return [_record(topic, number) for number in range(first, first + count)]


def _record(topic: str, number: int) -> Outgoing:
    key = f"k-{number % KEYS}"
    envelope = Envelope(str(number), "/bench", Filler.message_type, key, TIME, sequence=number // KEYS + 1)
    return Outgoing(topic, key, envelope, Filler(number=number).model_dump_json().encode())


def windows(items: Sequence[ItemT], size: int = WINDOW) -> Iterator[Sequence[ItemT]]:
    """Cut into windows of at most ``size``."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
