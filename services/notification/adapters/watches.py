"""What is waited for, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.storage.transaction import Transaction
from services.notification.domain.notices import NoticeKind
from services.notification.domain.watches import Watch

PUT = """
INSERT INTO watch (kind, list_id, item, municipality_id, due_at, since)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::date[])
ON CONFLICT (kind, list_id, item) DO UPDATE SET due_at = excluded.due_at
"""

FIND = """
SELECT kind, list_id, item, municipality_id, coalesce(due_at, '-infinity') AS due_at, since FROM watch
WHERE kind = $1 AND list_id = $2 AND item = ANY($3) ORDER BY item
"""

FORGET = """
DELETE FROM watch USING unnest($2::text[], $3::text[]) AS gone (list_id, item)
WHERE kind = $1 AND watch.list_id = gone.list_id AND watch.item = gone.item
"""

# The timer's process alone takes them, and waits for whoever changes one.
TAKE_DUE = """
WITH due AS (
    SELECT kind, list_id, item, due_at FROM watch WHERE due_at <= $1
    ORDER BY due_at, kind, list_id, item LIMIT $2 FOR UPDATE
)
UPDATE watch SET due_at = NULL FROM due
WHERE (watch.kind, watch.list_id, watch.item) = (due.kind, due.list_id, due.item)
RETURNING watch.kind, watch.list_id, watch.item, watch.municipality_id, due.due_at, watch.since
"""


@dataclass(frozen=True, slots=True)
class PgWatches:
    """They, over one transaction."""

    transaction: Transaction

    async def put(self, watches: Sequence[Watch]) -> None:
        """Wait; what is waited for already has the new time."""
        if not watches:
            return
        rows = [(one.kind, one.list_id, one.item, one.municipality_id, one.due_at, one.since) for one in watches]
        await self.transaction.connection.execute(PUT, *(list(column) for column in zip(*rows, strict=True)))

    async def find(self, kind: NoticeKind, list_id: str, items: Collection[str]) -> list[Watch]:
        """Read what is waited for, told of or not, by item; ``due_at`` of what was told is long ago."""
        return [_watch(row) for row in await self.transaction.connection.fetch(FIND, kind, list_id, list(items))]

    async def forget(self, kind: NoticeKind, items: Collection[tuple[str, str]]) -> None:
        """Wait no longer for these, each (list id, item)."""
        if items:
            lists, gone = zip(*items, strict=True)
            await self.transaction.connection.execute(FORGET, kind, list(lists), list(gone))

    async def take_due(self, now: datetime, limit: int) -> list[Watch]:
        """Take what is due by now, longest due first: it is told, and due no more unless it is put again."""
        rows = await self.transaction.connection.fetch(TAKE_DUE, now, limit)
        return sorted((_watch(row) for row in rows), key=lambda one: (one.due_at, one.kind, one.list_id, one.item))


def _watch(row: asyncpg.Record) -> Watch:
    about = (NoticeKind(row["kind"]), row["municipality_id"], row["list_id"], row["item"])
    return Watch(*about, row["due_at"], row["since"])
