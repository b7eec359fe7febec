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


def server_settings(name: str, *, lock_timeout: float, statement_timeout: float) -> dict[str, str]:
    """PostgreSQL settings of a session; times in seconds."""
    return {
        "application_name": name,
        "timezone": "UTC",
        "lock_timeout": _milliseconds(lock_timeout),
        "statement_timeout": _milliseconds(statement_timeout),
        # A process that froze inside a transaction must not hold its locks for good.
        "idle_in_transaction_session_timeout": _milliseconds(2 * statement_timeout),
    }


async def create_pool(
    url: str,
    *,
    name: str,
    min_size: int = 1,
    max_size: int = 8,
    lock_timeout: float = 2.0,
    statement_timeout: float = 30.0,
) -> Pool:
    """Open a pool whose connections decode json and jsonb; times in seconds. ``name`` shows in pg_stat_activity."""
    return await asyncpg.create_pool(
        url,
        min_size=min_size,
        max_size=max_size,
        init=prepare_connection,
        server_settings=server_settings(name, lock_timeout=lock_timeout, statement_timeout=statement_timeout),
    )


async def prepare_connection(connection: Connection) -> None:
    """Register the codecs: Python objects in and out of json and jsonb columns."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_to_json, decoder=json.loads, schema="pg_catalog")


def _to_json(value: Any) -> str:  # noqa: ANN401  anything that JSON has a form for
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
