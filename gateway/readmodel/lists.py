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
OPEN = "open"
"""Stands for every status before answered, and not for withdrawn."""


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
    statement, arguments = one_page(municipality_id, wanted)
    row = await reader.row(municipality_id, statement, *arguments)
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
    statement, arguments = every_list(municipality_id, wanted, most)
    async with aclosing(reader.chunks(municipality_id, statement, *arguments, size=CHUNK)) as chunks:
        async for rows in chunks:
            yield SomeLists(tuple(ListState.model_validate_json(row["body"]) for row in rows), rows[0]["total"])


def one_page(municipality_id: str, wanted: ListFilter) -> tuple[str, list[object]]:
    """Give the statement of one page, and what it is asked with.

    Everything is decided on the narrow columns of one index (0518); bodies are read of those that are shown. Only what
    is asked for stands in the statement: a plan for whatever may be asked sorts all lists to show the newest twenty.
    """
    order, asked = _ORDERS[wanted.sort], _Asked(municipality_id)
    fits, place = _fits(wanted, asked), wanted.after or wanted.before
    beyond, passed = "true", "false"
    if place:
        there = f"({asked(place.key)}::bigint, {asked(place.list_id)})"
        beyond = f"({order.place}, list_id) {'>' if wanted.after else '<'} {there}"
        passed = f"{fits} AND ({order.place}, list_id) < (TABLE first)"
    statement = f"""
WITH shown AS MATERIALIZED (
    SELECT list_id, {order.place} AS place FROM readmodel.distribution_list
    WHERE municipality_id = $1 AND {fits} AND {beyond}
    ORDER BY {order.forwards if wanted.after or not place else order.backwards} LIMIT {asked(wanted.limit)}
), first AS (SELECT place, list_id FROM shown ORDER BY 1, 2 LIMIT 1), counted AS (
    SELECT year, count(*) AS lists, count(*) FILTER (WHERE {fits}) AS fit, count(*) FILTER (WHERE {passed}) AS passed
    FROM readmodel.distribution_list WHERE municipality_id = $1 GROUP BY year
)
SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(list.body, list.sequence, shown.place)
                                  ORDER BY shown.place, shown.list_id), '[]')
        FROM shown JOIN readmodel.distribution_list AS list USING (list_id)) AS lists,
       coalesce(sum(fit), 0)::bigint AS total, coalesce(sum(passed), 0)::bigint AS before,
       coalesce(sum(lists), 0)::bigint AS all_lists, coalesce(array_agg(year ORDER BY year DESC), '{{}}') AS years
FROM counted
"""  # noqa: S608  ours; what is asked for is an argument
    return statement, asked.arguments


def every_list(municipality_id: str, wanted: ListFilter, most: int) -> tuple[str, list[object]]:
    """Give the statement of all lists in their order, for a file, and what it is asked with.

    Each has how many there are, counted once. The body stays the text that it is stored as; it is read once, by who
    shows it. Which bodies are wanted is decided on the index before any is read.
    """
    order, asked = _ORDERS[wanted.sort], _Asked(municipality_id)
    statement = f"""
WITH found AS MATERIALIZED (
    SELECT list_id, {order.place} AS place FROM readmodel.distribution_list
    WHERE municipality_id = $1 AND {_fits(wanted, asked)}
)
SELECT list.body::text AS body, (SELECT count(*) FROM found) AS total
FROM found JOIN readmodel.distribution_list AS list USING (list_id)
ORDER BY found.place, found.list_id
LIMIT {asked(most)}
"""  # noqa: S608  ours; what is asked for is an argument
    return statement, asked.arguments


class _Asked:
    """The arguments of a statement; calling it adds one, and gives how it is written there."""

    def __init__(self, *arguments: object) -> None:
        self.arguments = [*arguments]

    def __call__(self, argument: object) -> str:
        self.arguments.append(argument)
        return f"${len(self.arguments)}"


def _fits(wanted: ListFilter, asked: _Asked) -> str:
    """Write what a list must be to fit the filter."""
    conditions = ["true"]
    if wanted.status == OPEN or wanted.awaiting:
        conditions.append("status NOT IN ('answered', 'withdrawn')")
    if wanted.status not in {"", OPEN}:
        conditions.append(f"status = {asked(str(wanted.status))}")
    if wanted.year is not None:
        conditions.append(f"year = {asked(wanted.year)}")
    if wanted.number:
        conditions.append(f"strpos(list_id, {asked(wanted.number)}) > 0")
    if wanted.due_from is not None:
        conditions.append(f"deadline >= {asked(wanted.due_from)}")
    if wanted.due_to is not None:
        conditions.append(f"deadline <= {asked(wanted.due_to)}")
    return " AND ".join(conditions)


def _found(body: object, sequence: int, key: int) -> FoundList:
    state = ListState.model_validate(body)
    return FoundList(state, sequence % EPOCH, Place(key, state.list_id))
