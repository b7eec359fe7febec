"""Whether a consumer gets on: a restart helps one that is stuck, and no one while the broker is away.

A consumer may stay stuck once a broker was restarted (aiokafka 1154, 1017): behind, idle, and not moving; or it waits
for ever for an answer. So it is compared with its topic's end; and where that shows no progress, with what a fresh
client gets from the same broker.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from chassis.broker import kafka
from chassis.reading.consumer import Reader
from chassis.reading.polling import PatientConsumer
from chassis.settings import Settings

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
"""Who has not polled for so long may be stuck; an answer of the broker may take as long."""


class ConsumerWatch:
    """Watches the consumer of one reader."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._settings = settings
        self._patience = min(POLL_SECONDS, settings.stuck_after / 8)  # a look must not look like silence
        self.reader = reader
        self._positions: dict[Any, int] = {}
        self.ends: dict[Any, int] = {}
        """The ends of its partitions, as the broker told at the last look."""
        self._good = time.monotonic()

    def begin(self) -> None:
        """Count from now: the consumer has started."""
        self._good = time.monotonic()

    def silence(self) -> float:
        """Tell for how many seconds it has got nowhere though it could have."""
        progress = self.reader.progress
        return progress.idle_for if progress.busy else time.monotonic() - max(self._good, progress.last)

    async def look(self, consumer: PatientConsumer | None) -> None:
        """Look once. ``consumer`` None: it is being started or stopped."""
        if consumer is None or await self._gets_on(consumer) or await self._is_away():
            self._good = time.monotonic()

    async def _gets_on(self, consumer: PatientConsumer) -> bool:
        """Whether it has a batch in hand, or polls and either moves, or is at the end, or is held."""
        try:
            async with asyncio.timeout(self._patience):
                # Also with a batch in hand: aiokafka reads no further meanwhile, and nobody would hear of what comes.
                self.ends = ends = await consumer.end_offsets(consumer.assignment())
                if self.reader.progress.busy:
                    return True
                positions = {partition: await consumer.position(partition) for partition in ends}
        except (KafkaError, TimeoutError, ValueError, AssertionError):
            return self.reader.progress.busy
        moved = positions != self._positions
        self._positions = positions
        if time.monotonic() - consumer.polled > POLL_SECONDS:
            return False
        return moved or consumer.held or all(positions[partition] >= end for partition, end in ends.items())

    async def _is_away(self) -> bool:
        """Whether a fresh client gets no further either."""
        try:
            async with asyncio.timeout(self._patience):
                await kafka.unread(self._settings, self.reader.subscription.topic, self.reader.group)
        except (KafkaError, OSError, TimeoutError):
            return True
        return False
