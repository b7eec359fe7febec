"""The ledger of places of one municipality and year, line by line, as it stands or stood at the end of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.codes import PlaceKind
from contracts.municipality.v1 import LedgerEntryState, Places
from gateway.readmodel.places import NO_PLACES
from gateway.readmodel.reader import Reader

PAGE_SIZE = 50
MOST_LINES = 50_000
"""Lines of a file: more than any municipality has in a year."""

# What is left is summed per kind in the order of the lines, before any are left out of a page. $3: one kind, or '' for
# both. $4: what happened from then on is not counted; NULL: everything. $5: after this line. $6 and $7: LIMIT, OFFSET.
# $8: the last lines first. No resolution yet is not the same as an agreement of none.
LEDGER = """
WITH counted AS (
    SELECT number, place_kind, body, agreed, requested, placed, settled,
           sum(agreed - settled - placed - requested) OVER (PARTITION BY place_kind ORDER BY number) AS "left"
    FROM readmodel.ledger_entry
    WHERE municipality_id = $1 AND year = $2 AND ($4::timestamptz IS NULL OR at < $4)
), found AS (
    SELECT number, body, "left", CASE WHEN $8::boolean THEN -number ELSE number END AS place
    FROM counted
    WHERE ($3::text = '' OR place_kind = $3) AND number > $5::integer
), shown AS (
    SELECT body, "left", place FROM found ORDER BY place LIMIT $6 OFFSET $7
)
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(body, "left") ORDER BY place), '[]') FROM shown) AS lines,
       (SELECT count(*) FROM found) AS total,
       (SELECT coalesce(jsonb_object_agg(place_kind, sums), '{}') FROM (
            SELECT place_kind, jsonb_build_object(
                       'agreed', sum(agreed), 'requested', sum(requested), 'placed', sum(placed),
                       'settled', sum(settled), 'left', sum(agreed - settled - placed - requested)) AS sums
            FROM counted GROUP BY place_kind) AS by_kind) AS sums,
       EXISTS (SELECT FROM readmodel.ledger_change
               WHERE municipality_id = $1 AND year = $2 AND body->>'resolution' IS NOT NULL
                 AND ($4::timestamptz IS NULL OR (body->>'at')::timestamptz < $4)) AS resolved,
       (SELECT coalesce(array_agg(year ORDER BY year DESC), '{}') FROM readmodel.ledger_year
        WHERE municipality_id = $1) AS years
"""


@dataclass(frozen=True, slots=True)
class LedgerWanted:
    """Which ledger, and which of its lines. ``before``: as it stood then; None: as it stands.

    after, limit and offset: which of the lines that fit. newest_first: their order.
    """

    year: int
    before: datetime | None = None
    kind: PlaceKind | None = None
    after: int = 0
    limit: int = MOST_LINES
    offset: int = 0
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line, and what was left of its kind after it."""

    entry: LedgerEntryState
    left: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """``total``: how many lines there are of what was asked for. ``sums``: of all lines, whichever are shown."""

    lines: tuple[LedgerLine, ...]
    total: int
    sums: Mapping[PlaceKind, Places]
    years: tuple[int, ...]

    @property
    def pages(self) -> int:
        """How many pages the lines fill; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


async def find_ledger(reader: Reader, municipality_id: str, wanted: LedgerWanted) -> Ledger:
    """Find the lines and sums."""
    row = await reader.row(
        municipality_id,
        LEDGER,
        municipality_id,
        wanted.year,
        wanted.kind.value if wanted.kind else "",
        wanted.before,
        wanted.after,
        wanted.limit,
        wanted.offset,
        wanted.newest_first,
    )
    assert row is not None
    return Ledger(
        lines=tuple(LedgerLine(LedgerEntryState.model_validate(body), left) for body, left in row["lines"]),
        total=row["total"],
        sums={kind: _places(row["sums"].get(kind.value), resolved=row["resolved"]) for kind in PlaceKind},
        years=tuple(row["years"]),
    )


def _places(sums: Mapping[str, Any] | None, *, resolved: bool) -> Places:
    found = Places(**sums) if sums else NO_PLACES
    return found.model_copy(update={"agreed": (found.agreed or 0) if resolved else None})
