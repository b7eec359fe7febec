"""Waiting for something in the database to come true, woken by PostgreSQL when any replica has written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncpg
import structlog

from chassis.ending import end
from gateway.readmodel.projector import CHANNEL

log = structlog.get_logger(__name__)

T = TypeVar("T")

BACKSTOP = 0.25
"""Seconds between looks where no word comes: listening may be down for a while."""

RECONNECT = 1.0
HEARTBEAT = 15.0


class Wakeups:
    """Tells everybody who waits that there may be something new."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def announce(self) -> None:
        """Wake all who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Give what is set at the next word: taken before a look, it misses nothing that comes after it."""
        return self._changed

    async def until(self, look: Callable[[], Awaitable[T | None]], seconds: float) -> T | None:
        """Return what ``look`` finds, as soon as it finds something; None after ``seconds``."""
        deadline = time.monotonic() + seconds
        while True:
            changed = self._changed
            found = await look()
            left = deadline - time.monotonic()
            if found is not None or left <= 0:
                return found
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(BACKSTOP, left))

    @asynccontextmanager
    async def listening(self, database_url: str) -> AsyncIterator[None]:
        """Listen on a connection of its own, and again when it is lost."""
        task = asyncio.create_task(self._listen(database_url))
        try:
            yield
        finally:
            await end([task])

    async def _listen(self, database_url: str) -> None:
        while True:
            try:
                connection = await asyncpg.connect(database_url, server_settings={"application_name": "gateway-listen"})
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(RECONNECT)
                continue
            try:
                await connection.add_listener(CHANNEL, lambda *_: self.announce())
                while True:
                    await asyncio.sleep(HEARTBEAT)
                    await connection.execute("SELECT 1")
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                log.warning("listening_lost")
            finally:
                connection.terminate()
