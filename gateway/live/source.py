"""Reads the news: all that is new for all open pages at once, and what one page missed while it was away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.storage.database import Pool
from gateway.live.news import COLUMNS, Place, Told
from gateway.readmodel.reader import Reader

AT_ONCE = 1000
MOST_MISSED = 100
"""More than these are not told one by one: the page is fetched anew."""

# Every transaction below the horizon has ended, so below it nothing can appear any more: rows are told once they are
# there. The newest row at or above it has committed, but an older transaction of anybody's has not.
HORIZON = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
       coalesce((SELECT max(xid) FROM gateway.news), 0) AS newest
"""

# Both at once: a row at least, without news where nothing is settled.
SETTLED = f"""
WITH now AS MATERIALIZED ({HORIZON})
SELECT now.horizon, now.newest, settled.* FROM now LEFT JOIN LATERAL (
    {COLUMNS} WHERE (news.xid, news.id) > ($1, $2) AND news.xid < now.horizon ORDER BY news.xid, news.id LIMIT $3
) AS settled ON true
ORDER BY settled.xid, settled.id
"""  # noqa: S608  no value comes into it

# Row-level security holds too: this is asked as the role that reads pages.
MISSED = (
    COLUMNS
    + "WHERE news.municipality_id = $1 AND (news.xid, news.id) > ($2, $3) AND (news.xid, news.id) < ($4, $5)"
    + " ORDER BY news.xid, news.id LIMIT $6"
)
WHOLE = """
SELECT (xid, id) <= ($1, $2) AND $1 < pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS whole
FROM gateway.news_pruned
"""

# A database that was written back from a dump counts transactions anew: what stands above them would never be told.
FORGET_FOREIGN = """
WITH here AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xid),
     gone AS (DELETE FROM gateway.news USING here WHERE news.xid >= here.xid)
UPDATE gateway.news_pruned SET xid = 0, id = 0 FROM here WHERE news_pruned.xid >= here.xid
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. ``place``: up to where all has been told then. more: there is more, or is about to be."""

    told: Sequence[Told]
    place: Place
    more: bool


class Source(Protocol):
    """Where news come from."""

    async def begin(self) -> Place:
        """Give where to begin: after all that has happened."""

    async def after(self, place: Place) -> Look:
        """Look for what is new since a place."""

    async def missed(self, municipality_id: str, since: Place, until: Place) -> Sequence[Told] | None:
        """Find what a municipality's page missed between two places; None where that cannot be told any more."""


@dataclass(frozen=True, slots=True)
class Database:
    """The gateway's database. ``pool``: of its owner, who sees all municipalities."""

    pool: Pool
    reader: Reader

    async def begin(self) -> Place:
        """Give where to begin, and forget what another cluster has counted."""
        await self.pool.execute(FORGET_FOREIGN)
        return Place(await self.pool.fetchval(HORIZON), 0)

    async def after(self, place: Place) -> Look:
        """Look for what is settled since."""
        rows = await self.pool.fetch(SETTLED, place.xid, place.id, AT_ONCE)
        row, told = rows[0], [Told.of(each) for each in rows if each["xid"] is not None]
        if len(told) == AT_ONCE:
            return Look(told, told[-1].place, more=True)
        return Look(told, max(place, Place(row["horizon"], 0)), more=row["newest"] >= row["horizon"])

    async def missed(self, municipality_id: str, since: Place, until: Place) -> Sequence[Told] | None:
        """Find what was missed, as the municipality's pages are read."""
        async with self.reader.as_municipality(municipality_id) as connection:
            if not await connection.fetchval(WHOLE, since.xid, since.id):
                return None
            rows = await connection.fetch(
                MISSED, municipality_id, since.xid, since.id, until.xid, until.id, MOST_MISSED + 1
            )
        return None if len(rows) > MOST_MISSED else [Told.of(row) for row in rows]
