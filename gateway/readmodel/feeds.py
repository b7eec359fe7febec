"""Lists and notices a page at a time from a position in their order: what arrives meanwhile moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.distribution.v1 import ListState
from contracts.envelope import EPOCH
from contracts.notification.v1 import NoticeState
from gateway.readmodel.reader import Reader

# Newest first; $4 and $5 are the last row that was seen. "open" stands for every status before answered, and not for
# withdrawn.
LIST_FEED = """
SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY received_at DESC, list_id DESC), '[]') AS rows
FROM (SELECT body, sequence, received_at, list_id FROM readmodel.distribution_list
      WHERE municipality_id = $1
        AND ($2::text = '' OR status = $2 OR ($2 = 'open' AND status NOT IN ('answered', 'withdrawn')))
        AND ($3::integer IS NULL OR year = $3)
        AND ($4::timestamptz IS NULL OR (received_at, list_id) < ($4, $5::text))
      ORDER BY received_at DESC, list_id DESC LIMIT $6) AS found
"""

# $2: whose reading counts; $3: only what that one has not read.
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


async def list_feed(
    reader: Reader, municipality_id: str, *, status: str, year: int | None, after: Position | None, limit: int
) -> list[tuple[ListState, int]]:
    """Find the next lists, each with its version."""
    at, identity = (after.at, after.identity) if after else (None, None)
    row = await reader.row(municipality_id, LIST_FEED, municipality_id, status, year, at, identity, limit)
    assert row is not None
    return [(ListState.model_validate(body), sequence % EPOCH) for body, sequence in row["rows"]]


async def notice_feed(
    reader: Reader, municipality_id: str, user_id: str, *, unread: bool, after: Position | None, limit: int
) -> list[NoticeState]:
    """Find the next notices."""
    at, identity = (after.at, after.identity) if after else (None, None)
    row = await reader.row(municipality_id, NOTICE_FEED, municipality_id, user_id, unread, at, identity, limit)
    assert row is not None
    return [NoticeState.model_validate(body) for body in row["rows"]]
