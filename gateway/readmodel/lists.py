"""All distributions of a municipality: searched, filtered, sorted, a page at a time from a place in their order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
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


class Sort(StrEnum):
    """Order of the lists."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DEADLINE = "deadline"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class _Order:
    """place: a sort as a number that grows; where it is the same, the list's id decides.

    forwards, backwards: the same order in columns that an index has.
    """

    place: str
    forwards: str
    backwards: str


# A place in an order stays where it is, whatever arrives. Microseconds are whole in a double until the year 2255.
_ORDERS: Mapping[Sort, _Order] = {
    Sort.NEWEST: _Order(
        "(date_part('epoch', received_at) * -1000000)::bigint", "received_at DESC, list_id", "received_at, list_id DESC"
    ),
    Sort.OLDEST: _Order(
        "(date_part('epoch', received_at) * 1000000)::bigint", "received_at, list_id", "received_at DESC, list_id DESC"
    ),
    Sort.DEADLINE: _Order("(deadline - DATE '2000-01-01')", "deadline, list_id", "deadline DESC, list_id DESC"),
    Sort.NUMBER: _Order("0", "list_id", "list_id DESC"),
}


# $2: "open" stands for every status before answered, and not for withdrawn. $4: part of a list's id. $5 and $6: first
# and last day of the deadline. $7: only what waits for an answer.
_FITS = """($2::text = '' OR status = $2 OR ($2 = 'open' AND status NOT IN ('answered', 'withdrawn')))
      AND ($3::integer IS NULL OR year = $3)
      AND ($4::text = '' OR strpos(list_id, $4) > 0)
      AND ($5::date IS NULL OR deadline >= $5)
      AND ($6::date IS NULL OR deadline <= $6)
      AND (NOT $7::boolean OR status NOT IN ('answered', 'withdrawn'))"""


def _page(order: _Order, *, backwards: bool) -> str:
    """Write the question for a page: $8 and $9 the place to go on from.

    All is decided on the narrow columns of one index (0518); bodies are read of those that are shown. It is planned
    with what is asked for: without a filter the newest twenty are read off an index (0501), and of all others nothing
    but the year.
    """
    return f"""
WITH shown AS MATERIALIZED (
    SELECT list_id, {order.place} AS place FROM readmodel.distribution_list
    WHERE municipality_id = $1 AND {_FITS}
      AND ($8::bigint IS NULL OR ({order.place}, list_id) {"<" if backwards else ">"} ($8, $9::text))
    ORDER BY {order.backwards if backwards else order.forwards} LIMIT $10
), first AS (
    SELECT place, list_id FROM shown ORDER BY place, list_id LIMIT 1
), counted AS (
    SELECT year, count(*) AS lists, count(*) FILTER (WHERE {_FITS}) AS fitting,
           count(*) FILTER (WHERE $8 IS NOT NULL AND {_FITS} AND ({order.place}, list_id) < (TABLE first)) AS passed
    FROM readmodel.distribution_list WHERE municipality_id = $1 GROUP BY year
)
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(list.body, list.sequence, shown.place)
                                  ORDER BY shown.place, shown.list_id), '[]')
        FROM shown JOIN readmodel.distribution_list AS list USING (list_id)) AS lists,
       coalesce(sum(fitting), 0)::bigint AS total, coalesce(sum(passed), 0)::bigint AS before,
       coalesce(sum(lists), 0)::bigint AS all_lists, coalesce(array_agg(year ORDER BY year DESC), '{{}}') AS years
FROM counted
"""  # noqa: S608  ours, and constant


def _every(order: _Order) -> str:
    """Write the question for all of them in their order, for a file: each with how many there are, counted once.

    The body stays the text that it is stored as; it is read once, by who shows it. Which bodies are wanted is decided
    on the index before any is read.
    """
    return f"""
WITH found AS MATERIALIZED (
    SELECT list_id, {order.place} AS place FROM readmodel.distribution_list WHERE municipality_id = $1 AND {_FITS}
)
SELECT list.body::text AS body, (SELECT count(*) FROM found) AS total
FROM found JOIN readmodel.distribution_list AS list USING (list_id)
ORDER BY found.place, found.list_id
LIMIT $8
"""  # noqa: S608  ours, and constant


LISTS: Mapping[tuple[Sort, bool], str] = {
    (sort, backwards): _page(order, backwards=backwards)
    for sort, order in _ORDERS.items()
    for backwards in (False, True)
}
"""One page, by its order and whether it is gone through backwards."""
ALL_LISTS: Mapping[Sort, str] = {sort: _every(order) for sort, order in _ORDERS.items()}
"""All lists of a filter, by their order."""


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
    place, backwards = wanted.after or wanted.before, wanted.after is None and wanted.before is not None
    row = await reader.row(
        municipality_id,
        LISTS[wanted.sort, backwards],
        *_asked(municipality_id, wanted),
        place.key if place else None,
        place.list_id if place else None,
        wanted.limit,
        planned_anew=True,
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
    async with aclosing(reader.chunks(municipality_id, ALL_LISTS[wanted.sort], *arguments, size=CHUNK)) as chunks:
        async for rows in chunks:
            yield SomeLists(tuple(ListState.model_validate_json(row["body"]) for row in rows), rows[0]["total"])


def _asked(municipality_id: str, wanted: ListFilter) -> tuple[object, ...]:
    """Give what ``_FITS`` is asked with, and the municipality."""
    return (
        municipality_id,
        str(wanted.status),
        wanted.year,
        wanted.number,
        wanted.due_from,
        wanted.due_to,
        wanted.awaiting,
    )


def _found(body: object, sequence: int, key: int) -> FoundList:
    state = ListState.model_validate(body)
    return FoundList(state, sequence % EPOCH, Place(key, state.list_id))
