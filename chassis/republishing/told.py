"""What compacted topics hold now: of each key the last record, without its body."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaConsumer

from chassis.broker.kafka import all_partitions, make_reader_of_all
from chassis.errors import TryAgainError
from chassis.settings import Settings
from contracts.envelope import EnvelopeError, decode_headers

READ_SECONDS = 300.0
POLL_MS = 500


@dataclass(frozen=True, slots=True)
class Told:
    """One key's last record. ``partition_key``: as the envelope says; None: the key itself."""

    topic: str
    type: str
    key: str
    sequence: int
    partition_key: str | None

    def at_least(self, sequence: int) -> Told:
        """Give it with this sequence, where that is higher."""
        return replace(self, sequence=max(self.sequence, sequence))

    @property
    def place(self) -> str:
        """Sort by this: unique, and the same whoever reads."""
        return f"{self.topic} {self.type} {self.key}"


async def read_told(settings: Settings, records: Mapping[str, Collection[str]]) -> list[Told]:
    """Read topics to their ends; ``records``: the message types to look at, by topic. Raises TryAgainError."""
    if not records:
        return []
    try:
        async with (
            asyncio.timeout(READ_SECONDS),
            make_reader_of_all(settings) as consumer,
        ):
            return await _read(consumer, records)
    except TimeoutError as error:
        raise TryAgainError from error


async def _read(consumer: AIOKafkaConsumer, records: Mapping[str, Collection[str]]) -> list[Told]:
    places = await all_partitions(consumer, records)
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    last: dict[tuple[str, str, str], Told] = {}
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        for batch in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in batch:
                _note(last, record, records[record.topic])
    return list(last.values())


def _note(last: dict[tuple[str, str, str], Told], record: Any, types: Collection[str]) -> None:  # noqa: ANN401
    try:
        envelope = decode_headers((name, value) for name, value in record.headers if value is not None)
        key = (record.key or b"").decode()
    except (EnvelopeError, UnicodeDecodeError):
        return
    if envelope.type not in types:
        return
    place = record.topic, envelope.type, key
    if record.value is None:
        last.pop(place, None)
    else:
        last[place] = Told(record.topic, envelope.type, key, envelope.sequence or 0, envelope.partition_key)
