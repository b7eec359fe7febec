"""Reads as the role without ownership: each transaction names its municipality, row-level security does the rest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from chassis.storage.database import Connection, Pool

SET_MUNICIPALITY = "SELECT set_config('fordeling.municipality', $1, true)"
SET_AND_PLAN_ANEW = f"{SET_MUNICIPALITY}, set_config('plan_cache_mode', 'force_custom_plan', true)"

# Whom the policies do not hold: who may pass them by, and who may act as the owner, whose policy shows everything.
SEES_ALL = """
SELECT rolsuper OR rolbypassrls OR pg_has_role(rolname, nspowner, 'MEMBER')
FROM pg_roles, pg_namespace WHERE rolname = current_user AND nspname = 'readmodel'
"""


class ReaderSeesAllError(Exception):
    """Pages would read as a role that row-level security does not hold."""


async def check_role(pool: Pool) -> None:
    """Make sure that row-level security holds for the role pages read as. Raises ReaderSeesAllError."""
    if await pool.fetchval(SEES_ALL):
        raise ReaderSeesAllError(
            "GATEWAY_READER_DATABASE_URL names a role that row-level security does not hold: it is a superuser, "
            "has BYPASSRLS or owns the read model; give the role fordeling_gateway_reader"
        )


class Reader:
    """Every read names the municipality it is for; a row of another one is not there."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def as_municipality(self, municipality_id: str, *, planned_anew: bool = False) -> AsyncIterator[Connection]:
        """Open a read-only transaction that sees the rows of one municipality.

        planned_anew: its queries are planned with their arguments each time; else, from the sixth on, for any.
        """
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(SET_AND_PLAN_ANEW if planned_anew else SET_MUNICIPALITY, municipality_id)
            yield connection

    async def row(
        self,
        municipality_id: str,
        query: str,
        *arguments: Any,  # noqa: ANN401
        planned_anew: bool = False,
    ) -> asyncpg.Record | None:
        """Fetch the first row of a query."""
        async with self.as_municipality(municipality_id, planned_anew=planned_anew) as connection:
            return await connection.fetchrow(query, *arguments)

    async def chunks(
        self,
        municipality_id: str,
        query: str,
        *arguments: Any,  # noqa: ANN401
        size: int,
    ) -> AsyncGenerator[Sequence[asyncpg.Record]]:
        """Fetch all rows of one query, at most ``size`` of them at a time. A connection is held until the last."""
        async with self.as_municipality(municipality_id) as connection:
            cursor = await connection.cursor(query, *arguments)
            while rows := await cursor.fetch(size):
                yield rows
