"""Reads as the role without ownership: each transaction names its municipality, row-level security does the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from chassis.database import Connection, Pool

SET_MUNICIPALITY = "SELECT set_config('fordeling.municipality', $1, true)"


class Reader:
    """Every read names the municipality it is for; a row of another one is not there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def as_municipality(self, municipality_id: str) -> AsyncIterator[Connection]:
        """Open a read-only transaction that sees the rows of one municipality."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(SET_MUNICIPALITY, municipality_id)
            yield connection

    async def row(self, municipality_id: str, query: str, *arguments: Any) -> asyncpg.Record | None:  # noqa: ANN401
        """Fetch the first row of a query."""
        async with self.as_municipality(municipality_id) as connection:
            return await connection.fetchrow(query, *arguments)
