"""One leader per service: whoever holds a PostgreSQL advisory lock on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from chassis import errors
from chassis.settings import Settings
from chassis.storage.database import Connection, prepare_connection, server_settings

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"


@asynccontextmanager
async def lead(
    name: str, settings: Settings, stopping: asyncio.Event, waiting: Callable[[], None] = lambda: None
) -> AsyncIterator[Connection | None]:
    """Wait until this process leads; yields the connection that holds the lock, or None when it stops first.

    The lock lasts as long as the session, and PostgreSQL ends a session that is silent for ``relay_lease`` seconds:
    so a process that froze stops leading without its consent. What it was sending is fenced by Kafka, not by this.

    waiting: called at each try for the lock, some ``relay_poll`` apart.
    """
    connection = await asyncpg.connect(
        settings.database_url,
        timeout=10,
        command_timeout=settings.statement_timeout,
        server_settings={
            **server_settings(
                f"{name} relay", lock_timeout=settings.lock_timeout, statement_timeout=settings.statement_timeout
            ),
            "idle_session_timeout": str(round(settings.relay_lease * 1000)),
            # A crash of the database that takes deletions back costs doubles, which readers know, and no row.
            "synchronous_commit": "off",
            # The outbox is read by its index, however empty it was when statistics were taken.
            "enable_seqscan": "off",
            "enable_sort": "off",
        },
    )
    try:
        await prepare_connection(connection)
        # Asked again and again: a session that waits inside pg_advisory_lock would hold back vacuum.
        while not await connection.fetchval(TRY_LOCK, f"relay {name}"):
            waiting()
            if await _set_within(stopping, settings.relay_poll):
                yield None
                return
        yield connection
    finally:
        await _close(connection)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _close(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Close politely, so that the lock is free at once; otherwise not at all politely."""
    try:
        await connection.close(timeout=2)
    except errors.DATABASE_ERRORS:
        connection.terminate()
