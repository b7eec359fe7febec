"""Telling the broker what has been handled: beside the handling, not after each batch.

Nobody waits for it. A process that is killed gets again what it handled since it last told, and finds by its inbox that
it had: docs/decisions/0047. A group's lag is out of date by ``EVERY`` at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis import errors
from chassis.ending import end

log = structlog.get_logger(__name__)

EVERY = 0.5
"""Seconds between two commits of a group's offsets, and from a batch to its own at the longest."""
FAILED = 5.0
"""Seconds until the next try where the broker refuses."""


class Acknowledgements:
    """Of one consumer. commit: tells the broker, and returns when it knows; raises KafkaError."""

    def __init__(self, commit: Callable[[Mapping[TopicPartition, int]], Awaitable[None]]) -> None:
        self._commit = commit
        self._handled: dict[TopicPartition, int] = {}
        self._turn = asyncio.Lock()
        self._telling: asyncio.Task[None] | None = None

    def handled(self, positions: Mapping[TopicPartition, int]) -> None:
        """Note up to where everything has been handled: the offset of the next record, by partition."""
        self._handled.update(positions)
        if self._handled and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell(), name="acknowledging")

    async def flush(self) -> None:
        """Tell what has not been told; returns when the broker knows. Raises KafkaError: it is still to be told."""
        async with self._turn:
            handled, self._handled = self._handled, {}
            try:
                if handled:
                    await self._commit(handled)
            except BaseException:
                self._handled = {**handled, **self._handled}
                raise

    async def leave(self, seconds: float) -> None:
        """Tell what has not been told, since the partitions go to others; and forget what cannot be in so long."""
        if self._telling is not None:
            await end([self._telling])
        try:
            async with asyncio.timeout(seconds):
                await self.flush()
        except (KafkaError, TimeoutError) as error:
            log.warning("not acknowledged; it comes again", error=errors.name(error))
        self._handled = {}

    async def _tell(self) -> None:
        pause = EVERY
        while self._handled:
            await asyncio.sleep(pause)
            try:
                await self.flush()
            except KafkaError as error:
                log.error("not acknowledged", error=errors.name(error))  # noqa: TRY400  a text may quote
                pause = FAILED
            else:
                pause = EVERY
