"""The connection pool and what every connection of it is set to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool


IDLE_LOCKS = 4
"""So many times ``lock_timeout`` may a session do nothing inside a transaction."""


def server_settings(name: str, *, lock_timeout: float, statement_timeout: float) -> dict[str, str]:
    """PostgreSQL settings of a session; times in seconds."""
    return {
        "application_name": name,
        "timezone": "UTC",
        "lock_timeout": _milliseconds(lock_timeout),
        "statement_timeout": _milliseconds(statement_timeout),
        # A process that froze inside a transaction loses its locks before those who wait for them give up, which they
        # do after five tries (``contention_tries``): else a sound message would be parked because a process froze.
        "idle_in_transaction_session_timeout": _milliseconds(IDLE_LOCKS * lock_timeout),
    }


class BoundedPool(asyncpg.Pool):
    """A pool that nobody waits for without end. ``wait``: seconds until a TimeoutError."""

    __slots__ = ("_wait",)

    def __init__(self, *arguments: Any, wait: float | None, **options: Any) -> None:  # noqa: ANN401  asyncpg's own
        super().__init__(*arguments, **options)
        self._wait = wait

    def acquire(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401  asyncpg's own signature
        """Give a connection, as asyncpg does."""
        return super().acquire(timeout=self._wait if timeout is None else timeout)


async def create_pool(
    url: str,
    *,
    name: str,
    min_size: int = 1,
    max_size: int = 8,
    lock_timeout: float = 2.0,
    statement_timeout: float = 30.0,
    wait: float | None = None,
) -> Pool:
    """Open a pool whose connections decode json and jsonb; times in seconds. ``name`` shows in pg_stat_activity.

    wait: the most that a connection is waited for, and that a statement waits for its answer beyond its own time-out:
    then a TimeoutError is raised. None: for as long as it takes.
    """
    return await BoundedPool(
        url,
        wait=wait,
        command_timeout=None if wait is None else statement_timeout + wait,
        min_size=min_size,
        max_size=max_size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        init=prepare_connection,
        reset=as_it_is,
        server_settings=server_settings(name, lock_timeout=lock_timeout, statement_timeout=statement_timeout),
    )


async def as_it_is(_connection: Connection) -> None:
    """Give a connection back to its pool without the statement by which asyncpg would forget what a session was set to.

    That is a round trip for every transaction. Nobody leaves anything behind: what is set is set for a transaction
    (``SET LOCAL``), advisory locks are a transaction's, listeners have connections of their own. Whoever does otherwise
    resets it. A transaction that was left open is rolled back, as ever.
    """


async def prepare_connection(connection: Connection) -> None:
    """Register the codecs: Python objects in and out of json and jsonb columns."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=to_json, decoder=json.loads, schema="pg_catalog")


def rows_of(status: str) -> int:
    """Read how many rows a statement touched in what PostgreSQL says of it, e.g. ``DELETE 7``."""
    return int(status.rpartition(" ")[2])


def to_json(value: Any) -> str:  # noqa: ANN401  anything that JSON has a form for
    """Write what a json column is to hold; by itself, since asyncpg takes a list among many for a dimension."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
