"""What of the audit has had its time, and taking it away: whole batches, so that the chain of seals still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.audit.retention import DEFAULT_DAYS, LEAST_DAYS, PRUNE
from ops.dead_letters.places import database
from ops.errors import UserError

AT_ONCE = 200
"""Batches in one transaction."""
VARIABLE = "AUDIT_RETENTION_DAYS"

OLD = """
WITH before AS (SELECT coalesce(max(through), 0) AS batch FROM gateway.audit_pruning)
SELECT count(*) AS batches, min(oldest) AS oldest, max(newest) AS newest,
       coalesce(sum((SELECT sum(upper(part) - lower(part)) FROM unnest(ids) AS part)), 0)::bigint AS rows
FROM gateway.audit_seal, before
WHERE audit_seal.batch > before.batch
  AND audit_seal.batch < coalesce((SELECT min(young.batch) FROM gateway.audit_seal AS young, before AS b
                                   WHERE young.batch > b.batch AND young.newest >= $1), 9223372036854775807)
"""


@dataclass(frozen=True, slots=True)
class Old:
    """What is older than ``older_than``, by whole batches."""

    older_than: datetime
    batches: int
    rows: int
    oldest: datetime | None
    newest: datetime | None


def days(option: int | None, given: Mapping[str, str]) -> int:
    """Tell for how many days rows are kept: as asked for, as configured, or the default. Raises UserError."""
    chosen = option
    if chosen is None:
        text = given.get(VARIABLE) or str(DEFAULT_DAYS)
        if not text.isdecimal():
            raise UserError(f"{VARIABLE}: '{text}' is no number of days.")
        chosen = int(text)
    if chosen < LEAST_DAYS:
        raise UserError(f"--days: rows of the audit are kept for {LEAST_DAYS} days at least.")
    return chosen


def look(given: Mapping[str, str], kept_days: int, now: datetime | None = None) -> Old:
    """Tell what would go. Raises UserError."""
    older_than = (now or datetime.now(UTC)) - timedelta(days=kept_days)

    async def read() -> Old:
        async with database("gateway", given) as connection:
            row = await connection.fetchrow(OLD, older_than)
            assert row is not None
            return Old(older_than, row["batches"], row["rows"], row["oldest"], row["newest"])

    return asyncio.run(read())


def prune(given: Mapping[str, str], old: Old, by: str, why: str) -> tuple[int, int]:
    """Take it away, some batches at once. Returns the last batch (0: there was nothing) and rows. Raises UserError."""

    async def work() -> tuple[int, int]:
        last, rows = 0, 0
        async with database("gateway", given) as connection:
            while True:
                async with connection.transaction():
                    found = await connection.fetchrow(PRUNE, old.older_than, AT_ONCE, by, why)
                if found is None or found["through"] is None:
                    return last, rows
                last, rows = found["through"], rows + found["taken"]

    return asyncio.run(work())
