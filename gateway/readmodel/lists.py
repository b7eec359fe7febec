"""All distributions of a municipality: filtered, sorted, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.codes import ListStatus
from contracts.distribution.v1 import ListState
from gateway.readmodel.reader import Reader

PAGE_SIZE = 20

# "open" stands for every status before answered, and not for withdrawn. A sort is a code of ours; unknown ones never
# get here.
LISTS = """
WITH found AS (
    SELECT body, received_at, deadline, list_id
    FROM readmodel.distribution_list
    WHERE municipality_id = $1
      AND ($2::text = '' OR status = $2 OR ($2 = 'open' AND status NOT IN ('answered', 'withdrawn')))
      AND ($3::integer IS NULL OR year = $3)
      AND ($7::date IS NULL OR (deadline < $7 AND status NOT IN ('answered', 'withdrawn')))
), shown AS (
    SELECT body, row_number() OVER (
        ORDER BY CASE WHEN $4 = 'deadline' THEN deadline END,
                 CASE WHEN $4 = 'oldest' THEN received_at END,
                 received_at DESC, list_id
    ) AS position
    FROM found
    ORDER BY position
    LIMIT $5 OFFSET $6
)
SELECT (SELECT coalesce(jsonb_agg(body ORDER BY position), '[]') FROM shown) AS lists,
       (SELECT count(*) FROM found) AS total,
       (SELECT count(*) FROM readmodel.distribution_list WHERE municipality_id = $1) AS all_lists,
       (SELECT coalesce(array_agg(DISTINCT year ORDER BY year DESC), '{}') FROM readmodel.distribution_list
        WHERE municipality_id = $1) AS years
"""


class Sort(StrEnum):
    """Order of the lists."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which lists, in which order, which page (from 1).

    status: "open": awaiting an answer; empty: all. overdue_on: only those awaiting an answer whose deadline is before.
    """

    status: ListStatus | str = ""
    year: int | None = None
    overdue_on: date | None = None
    sort: Sort = Sort.NEWEST
    page: int = 1


@dataclass(frozen=True, slots=True)
class ListsPage:
    """One page of lists. ``total`` matches the filter, ``all_lists`` is without it."""

    lists: tuple[ListState, ...]
    total: int
    all_lists: int
    years: tuple[int, ...]

    @property
    def pages(self) -> int:
        """How many pages the matching lists fill; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


async def find_lists(reader: Reader, municipality_id: str, wanted: ListFilter) -> ListsPage:
    """Find the lists of one page."""
    row = await reader.row(
        municipality_id,
        LISTS,
        municipality_id,
        str(wanted.status),
        wanted.year,
        wanted.sort.value,
        PAGE_SIZE,
        (wanted.page - 1) * PAGE_SIZE,
        wanted.overdue_on,
    )
    assert row is not None
    return ListsPage(
        lists=tuple(ListState.model_validate(body) for body in row["lists"]),
        total=row["total"],
        all_lists=row["all_lists"],
        years=tuple(row["years"]),
    )
