"""Seals the audit's rows in batches: each holds its rows' digests and the digest of the batch before.

One process at a time, by an advisory lock that lasts as long as the transaction. A batch takes what is visible and in
no batch yet (``gateway.audit_unsealed``), whatever its numbers: a row whose transaction ends late comes in a later one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chassis import faults
from chassis.running.alarms import Alarms
from chassis.running.errands import Errands, Pace
from chassis.storage.chain import BEGINNING, Seal, ranges, row_digest
from chassis.storage.database import Connection, Pool
from gateway.audit.anchors import Anchors

LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('gateway audit', 0))"

# Counted up to a number, so that a long queue is not read for it.
WAITING = """
SELECT (SELECT count(*) FROM (SELECT FROM gateway.audit_unsealed LIMIT 10000) AS first_rows) AS rows,
       coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::float8 AS seconds
FROM gateway.audit_unsealed
"""
LAST = """
SELECT clock_timestamp() AS now, (SELECT max(batch) FROM gateway.audit_seal) AS batch,
       (SELECT digest FROM gateway.audit_seal ORDER BY batch DESC LIMIT 1) AS digest
"""
# Every column but what is computed. One that comes later may be NULL, has no default, and changes no digest of before.
ROWS = """
SELECT * FROM gateway.audit
WHERE audit_id IN (SELECT audit_id FROM gateway.audit_unsealed ORDER BY audit_id LIMIT $1)
ORDER BY audit_id
"""
COMPUTED = "allowed"
SEAL = """
WITH sealed AS (DELETE FROM gateway.audit_unsealed WHERE audit_id = ANY($9))
INSERT INTO gateway.audit_seal (batch, ids, digests, oldest, newest, previous, sealed_at, digest)
VALUES ($1, $2::text::int8multirange, $3, $4, $5, $6, $7, $8)
"""

LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Batches:
    """When there is a batch: ``rows`` wait, or the first has waited for ``after`` seconds."""

    rows: int
    after: float


@dataclass
class Sealer:
    """Seals, and has the chain anchored. alarm_after: seconds that a row may wait."""

    pool: Pool
    anchors: Anchors
    batches: Batches
    alarm_after: float
    alarms: Alarms = field(default_factory=Alarms)
    errands: Errands = field(init=False)

    def __post_init__(self) -> None:
        self.errands = Errands("audit sealer", self.round, Pace((1.0, 5.0), (1.0, 30.0)), longest=LONGEST_SECONDS)

    async def round(self) -> bool:
        """Seal a batch, if there is one, and anchor, if it is time. Tells whether there is more to seal."""
        async with self.pool.acquire() as connection:
            figures = await self._look(connection)
            async with connection.transaction():
                if not await connection.fetchval(LOCK):
                    return False
                sealed = await self._seal(connection, figures)
                await self.anchors.make(connection)
        await self.anchors.store(self.pool)
        return sealed

    async def look(self) -> dict[str, Any]:
        """Tell how much is unsealed, and raise or end the alarm."""
        async with self.pool.acquire() as connection:
            return await self._look(connection)

    async def _look(self, connection: Connection) -> dict[str, Any]:
        row = await connection.fetchrow(WAITING)
        assert row is not None
        rows, seconds = row["rows"], round(row["seconds"], 1)
        self.alarms.tell("audit is not sealed", on=seconds > self.alarm_after, rows=rows, age_seconds=round(seconds))
        late = await self.anchors.late(connection)
        self.alarms.tell("anchors are not stored", on=late > 0, anchors=late)
        return {"unsealed": rows, "age_seconds": seconds}

    async def _seal(self, connection: Connection, figures: dict[str, Any]) -> bool:
        if figures["unsealed"] < self.batches.rows and figures["age_seconds"] < self.batches.after:
            return False
        last = await connection.fetchrow(LAST)
        found = await connection.fetch(ROWS, self.batches.rows)
        rows = [{name: value for name, value in row.items() if name != COMPUTED} for row in found]
        if not rows or last is None:
            return False
        faults.reached("gateway.audit.sealing")
        made = seal(rows, last["batch"] or 0, last["digest"] or BEGINNING, last["now"])
        await connection.execute(
            SEAL,
            made.batch,
            made.ids,
            made.digests,
            made.oldest,
            made.newest,
            made.previous,
            made.sealed_at,
            made.digest,
            [row["audit_id"] for row in rows],
        )
        return len(rows) == self.batches.rows


def seal(rows: list[dict[str, Any]], last: int, previous: bytes, now: datetime) -> Seal:
    """Make the seal of rows, in the order of their numbers, behind the batch ``last``."""
    times = [row["at"] for row in rows]
    made = Seal(
        batch=last + 1,
        ids=ranges([row["audit_id"] for row in rows]),
        digests=b"".join(row_digest(row) for row in rows),
        oldest=min(times),
        newest=max(times),
        previous=previous,
        sealed_at=now,
    )
    return replace(made, digest=made.computed())
