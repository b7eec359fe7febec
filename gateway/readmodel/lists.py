"""All distributions of a municipality: searched, filtered, sorted, a page at a time from a place in their order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.distribution.v1 import ListState
from contracts.envelope import EPOCH
from gateway.readmodel.reader import Reader

PAGE_SIZE = 20
CHUNK = 500
"""Lists that are held at once where all are wanted."""

# Everything is decided on the narrow columns of one index (0518); bodies are read of those that are shown. Every order
# is a number that grows, and the list's id where it is the same: a place in it stays where it is, whatever arrives.
# $2: "open" stands for every status before answered, and not for withdrawn. $5: part of a list's id. $6 and $7: first
# and last day of the deadline. $8: only what waits for an answer.
FOUND = """
mine AS MATERIALIZED (
    SELECT list_id, received_at, deadline, year, status
    FROM readmodel.distribution_list WHERE municipality_id = $1
), found AS MATERIALIZED (
    SELECT list_id,
           CASE $4::text WHEN 'deadline' THEN deadline - DATE '2000-01-01'
                         WHEN 'number' THEN 0
                         WHEN 'oldest' THEN (extract(epoch FROM received_at) * 1000000)::bigint
                         ELSE (extract(epoch FROM received_at) * -1000000)::bigint END AS place
    FROM mine
    WHERE ($2::text = '' OR status = $2 OR ($2 = 'open' AND status NOT IN ('answered', 'withdrawn')))
      AND ($3::integer IS NULL OR year = $3)
      AND ($5::text = '' OR strpos(list_id, $5) > 0)
      AND ($6::date IS NULL OR deadline >= $6)
      AND ($7::date IS NULL OR deadline <= $7)
      AND (NOT $8::boolean OR status NOT IN ('answered', 'withdrawn'))
)"""

# One page. $9 and $10: the place to go on from, $11: backwards.
LISTS = f"""
WITH {FOUND}, shown AS MATERIALIZED (
    SELECT list_id, place FROM found
    WHERE $9::bigint IS NULL
       OR CASE WHEN $11::boolean THEN (place, list_id) < ($9, $10::text) ELSE (place, list_id) > ($9, $10) END
    ORDER BY CASE WHEN $11 THEN -place ELSE place END,
             CASE WHEN $11 THEN list_id END DESC, CASE WHEN NOT $11 THEN list_id END
    LIMIT $12
)
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(list.body, list.sequence, shown.place)
                                  ORDER BY shown.place, shown.list_id), '[]')
        FROM shown JOIN readmodel.distribution_list AS list USING (list_id)) AS lists,
       (SELECT count(*) FROM found) AS total,
       (SELECT count(*) FROM found
        WHERE (place, list_id) < (SELECT place, list_id FROM shown ORDER BY place, list_id LIMIT 1)) AS before,
       (SELECT count(*) FROM mine) AS all_lists,
       (SELECT coalesce(array_agg(DISTINCT year ORDER BY year DESC), '{{}}') FROM mine) AS years
"""  # noqa: S608  ours, and constant

# All of them in their order, for a file: each with how many there are, counted once. The body stays the text that it is
# stored as; it is read once, by who shows it. Which bodies are wanted is decided on the index before any is read.
ALL_LISTS = f"""
WITH {FOUND}
SELECT list.body::text AS body, (SELECT count(*) FROM found) AS total
FROM found JOIN readmodel.distribution_list AS list USING (list_id)
ORDER BY found.place, found.list_id
LIMIT $9
"""  # noqa: S608  ours, and constant


class Sort(StrEnum):
    """Order of the lists."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLINE = "deadline"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of a sort: what a list is sorted by, as a number, and its id."""

    key: int
    list_id: str


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which lists, in which order, from where on.

    status: "open": awaiting an answer; empty: all. number: a list's id or a part of it, in capitals.
    due_from, due_to: first and last day of the deadline. awaiting: only those that wait for an answer.
    after, before: the lists that follow this place, or those that come before it; neither: the first.
    """

    status: str = ""
    year: int | None = None
    number: str = ""
    due_from: date | None = None
    due_to: date | None = None
    awaiting: bool = False
    sort: Sort = Sort.NEWEST
    after: Place | None = None
    before: Place | None = None
    limit: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list with its version, and its place in the order that was asked for."""

    state: ListState
    version: int
    place: Place


@dataclass(frozen=True, slots=True)
class ListsPage:
    """Some lists. ``total`` match the filter, ``all_lists`` are there without it; ``skipped`` come before these."""

    found: tuple[FoundList, ...]
    total: int
    all_lists: int
    skipped: int
    years: tuple[int, ...]

    @property
    def lists(self) -> tuple[ListState, ...]:
        """The lists alone."""
        return tuple(one.state for one in self.found)

    @property
    def previous(self) -> Place | None:
        """Where the page before ends; None on the first."""
        return self.found[0].place if self.found and self.skipped else None

    @property
    def next(self) -> Place | None:
        """Where the next page goes on; None on the last."""
        return self.found[-1].place if self.found and self.skipped + len(self.found) < self.total else None


async def find_lists(reader: Reader, municipality_id: str, wanted: ListFilter) -> ListsPage:
    """Find the lists of one page."""
    place = wanted.before or wanted.after
    row = await reader.row(
        municipality_id,
        LISTS,
        *_asked(municipality_id, wanted),
        place.key if place else None,
        place.list_id if place else None,
        wanted.before is not None,
        wanted.limit,
    )
    assert row is not None
    return ListsPage(
        found=tuple(_found(*one) for one in row["lists"]),
        total=row["total"],
        all_lists=row["all_lists"],
        skipped=row["before"],
        years=tuple(row["years"]),
    )


@dataclass(frozen=True, slots=True)
class SomeLists:
    """Some of all lists of a filter, in their order. ``total``: how many there were when they were asked for."""

    lists: tuple[ListState, ...]
    total: int


async def all_lists(
    reader: Reader, municipality_id: str, wanted: ListFilter, *, most: int
) -> AsyncGenerator[SomeLists]:
    """Give all lists of the filter, at most ``most``, as they were at one moment, some hundred at a time."""
    arguments = (*_asked(municipality_id, wanted), most)
    async with aclosing(reader.chunks(municipality_id, ALL_LISTS, *arguments, size=CHUNK)) as chunks:
        async for rows in chunks:
            yield SomeLists(tuple(ListState.model_validate_json(row["body"]) for row in rows), rows[0]["total"])


def _asked(municipality_id: str, wanted: ListFilter) -> tuple[object, ...]:
    """Give what ``FOUND`` is asked with."""
    return (
        municipality_id,
        str(wanted.status),
        wanted.year,
        wanted.sort.value,
        wanted.number,
        wanted.due_from,
        wanted.due_to,
        wanted.awaiting,
    )


def _found(body: object, sequence: int, key: int) -> FoundList:
    state = ListState.model_validate(body)
    return FoundList(state, sequence % EPOCH, Place(key, state.list_id))
