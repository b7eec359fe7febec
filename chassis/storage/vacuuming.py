"""Vacuum by the clock, so that what was erased leaves a table's pages and indexes within a stated time.

Autovacuum counts rows: a table of which little changes is never due, and keeps a deleted row's bytes for good. So the
leading process has each table that had none for ``OLD`` vacuumed, with its indexes, however few the dead rows are.
Where nothing has changed PostgreSQL sees it by the visibility map and reads next to nothing.
"""

from __future__ import annotations

import time
from datetime import timedelta

import structlog

from chassis.storage.database import Connection, Pool

log = structlog.get_logger(__name__)

OLD = timedelta(days=1)
"""How long a table may go without; ``docs/privacy.md`` promises it."""

LATE = timedelta(days=2)
"""How long until something is wrong, and ``fordeling doctor`` says so."""

FIRST_SECONDS = 300.0
"""Until the first look: a process that starts has better things to do."""

REST_SECONDS = 3600.0

# A partitioned table is vacuumed by its partitions, which are listed themselves; what others own is theirs to vacuum.
# Counters that were lost in a crash give NULL, which counts as never.
UNVACUUMED = """
SELECT format('%I.%I', told.schemaname, told.relname)
FROM pg_stat_user_tables AS told JOIN pg_class ON pg_class.oid = told.relid
WHERE pg_class.relkind = 'r' AND pg_class.relpersistence <> 't' AND pg_has_role(pg_class.relowner, 'USAGE')
AND coalesce(greatest(told.last_vacuum, told.last_autovacuum), '-infinity') < clock_timestamp() - $1::interval
ORDER BY 1
"""

# As gentle as autovacuum, for as long as it takes.
GENTLY = "SET vacuum_cost_delay = '2ms'; SET statement_timeout = 0"

# INDEX_CLEANUP ON: with few dead rows PostgreSQL would leave their entries, and so their keys, in the indexes.
# TRUNCATE OFF: giving the empty end of a file back needs a lock that nobody may hold against pages.
VACUUM = "VACUUM (SKIP_LOCKED, INDEX_CLEANUP ON, TRUNCATE OFF) {table}"


async def unvacuumed(connection: Connection, age: timedelta) -> list[str]:
    """Name the connection's own tables, with their schemas and quoted, that were vacuumed at no time within ``age``."""
    return [row[0] for row in await connection.fetch(UNVACUUMED, age)]


class Vacuumer:
    """Vacuums what is due, a table at a time; one that somebody holds is left for the next look."""

    def __init__(self, pool: Pool, *, first_seconds: float = FIRST_SECONDS) -> None:
        self._pool = pool
        self._rests_until = time.monotonic() + first_seconds

    async def work(self) -> None:
        """Do what is due now. Raises asyncpg's errors; what was left is due still."""
        if time.monotonic() < self._rests_until:
            return
        self._rests_until = time.monotonic() + REST_SECONDS
        async with self._pool.acquire() as connection:
            due = await unvacuumed(connection, OLD)
            if not due:
                return
            await connection.execute(GENTLY)
            try:
                for table in due:
                    await connection.execute(VACUUM.format(table=table))
            finally:
                await connection.execute("RESET ALL")
        log.info("vacuumed", tables=len(due))
