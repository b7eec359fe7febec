"""Notices a page at a time from a position in their order: what arrives meanwhile moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.notification.v1 import NoticeState
from gateway.readmodel.reader import Reader

# Newest first; $4 and $5 are the last row that was seen. $2: whose reading counts; $3: only what that one has not read.
NOTICE_FEED = """
SELECT coalesce(jsonb_agg(body ORDER BY posted_at DESC, notice_id DESC), '[]') AS rows
FROM (SELECT body, posted_at, notice_id FROM readmodel.notice
      WHERE municipality_id = $1
        AND (NOT $3::boolean OR NOT (body->'read_by') ? $2)
        AND ($4::timestamptz IS NULL OR (posted_at, notice_id) < ($4, $5::text))
      ORDER BY posted_at DESC, notice_id DESC LIMIT $6) AS found
"""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a feed: the time and id of the last row that was seen."""

    at: datetime
    identity: str


async def notice_feed(
    reader: Reader, municipality_id: str, user_id: str, *, unread: bool, after: Position | None, limit: int
) -> list[NoticeState]:
    """Find the next notices."""
    at, identity = (after.at, after.identity) if after else (None, None)
    row = await reader.row(municipality_id, NOTICE_FEED, municipality_id, user_id, unread, at, identity, limit)
    assert row is not None
    return [NoticeState.model_validate(body) for body in row["rows"]]
