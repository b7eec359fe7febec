"""What a ledger year was made of: its lines, and requests and resolutions as they came; and requests past their day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import asyncpg

from chassis.storage.database import Connection
from services.municipality.domain.codes import Movement, PlaceKind
from services.municipality.domain.ledger import (
    PlacesRequested,
    Request,
    RequestUnanswered,
    Resolution,
    ResolutionRegistered,
    YearId,
)
from services.municipality.domain.lines import Line
from services.municipality.domain.places import Sums

# The present request of each year, where its day is over, no resolution came after it, and that has not been told.
# In the order in which municipalities are locked.
UNANSWERED = """
SELECT q.municipality_id, q.year
FROM (
    SELECT DISTINCT ON (municipality_id, year) municipality_id, year, answer_by, received_at
    FROM ledger_request ORDER BY municipality_id, year, ledger_version DESC
) AS q
WHERE q.answer_by < $1
  AND NOT EXISTS (SELECT FROM ledger_resolution AS r
                  WHERE r.municipality_id = q.municipality_id AND r.year = q.year AND r.registered_at >= q.received_at)
  AND NOT EXISTS (SELECT FROM ledger_deadline AS d
                  WHERE d.municipality_id = q.municipality_id AND d.year = q.year AND d.answer_by = q.answer_by)
ORDER BY q.municipality_id, q.year
LIMIT $2
"""

UNTOLD = "SELECT municipality_id, year FROM ledger_untold ORDER BY municipality_id, year"

TAKE_UNTOLD = "DELETE FROM ledger_untold WHERE municipality_id = $1 AND year = $2 RETURNING year"

READ_LINES = "SELECT * FROM ledger_line WHERE municipality_id = $1 AND year = $2 ORDER BY line"

READ_REQUESTS = "SELECT * FROM ledger_request WHERE municipality_id = $1 AND year = $2 ORDER BY ledger_version"

READ_RESOLUTIONS = "SELECT * FROM ledger_resolution WHERE municipality_id = $1 AND year = $2 ORDER BY ledger_version"


# Deadlines that passed, each with the request it was of.
READ_PASSED = """
SELECT d.ledger_version, d.passed_at, q.ordinary_places, q.minor_places, q.answer_by, q.received_at
FROM ledger_deadline AS d
JOIN LATERAL (
    SELECT * FROM ledger_request AS q
    WHERE q.municipality_id = d.municipality_id AND q.year = d.year AND q.answer_by = d.answer_by
      AND q.ledger_version < d.ledger_version
    ORDER BY q.ledger_version DESC LIMIT 1
) AS q ON true
WHERE d.municipality_id = $1 AND d.year = $2
ORDER BY d.ledger_version
"""


async def unanswered(connection: Connection, today: date, most: int) -> list[YearId]:
    """Find the years whose request has waited longer than it was to, and has not been told of."""
    return [YearId(row["municipality_id"], row["year"]) for row in await connection.fetch(UNANSWERED, today, most)]


async def untold(connection: Connection) -> list[YearId]:
    """Find the years whose lines have not been told."""
    return [YearId(row["municipality_id"], row["year"]) for row in await connection.fetch(UNTOLD)]


async def take_untold(connection: Connection, year_id: YearId) -> bool:
    """Take a year from those that are untold; False where another has."""
    taken = await connection.fetchval(TAKE_UNTOLD, year_id.municipality_id, year_id.year)
    return taken is not None


async def read_lines(connection: Connection, year_id: YearId) -> Iterator[tuple[Line, str | None]]:
    """Read a year's lines, each with the id of the message it comes of."""
    rows = await connection.fetch(READ_LINES, year_id.municipality_id, year_id.year)
    return ((_line(year_id, row), row["caused_by"]) for row in rows)


async def read_changes(connection: Connection, year_id: YearId) -> list[PlacesRequested | ResolutionRegistered]:
    """Read a year's requests and resolutions as the events they were; the lines they made are not repeated."""
    of_year = (year_id.municipality_id, year_id.year)
    requests = await connection.fetch(READ_REQUESTS, *of_year)
    resolutions = await connection.fetch(READ_RESOLUTIONS, *of_year)
    return [
        *(PlacesRequested(year_id, row["ledger_version"], _request(row)) for row in requests),
        *(ResolutionRegistered(year_id, row["ledger_version"], _resolution(row), ()) for row in resolutions),
    ]


async def read_passed(connection: Connection, year_id: YearId) -> list[RequestUnanswered]:
    """Read which of a year's requests passed unanswered, as the events they were."""
    rows = await connection.fetch(READ_PASSED, year_id.municipality_id, year_id.year)
    return [RequestUnanswered(year_id, row["ledger_version"], _request(row), row["passed_at"]) for row in rows]


def _line(year_id: YearId, row: asyncpg.Record) -> Line:
    return Line(
        year_id=year_id,
        number=row["line"],
        ledger_version=row["ledger_version"],
        kind=PlaceKind(row["place_kind"]),
        movement=Movement(row["movement"]),
        change=Sums(row["agreed"], row["requested"], row["placed"], row["settled"]),
        at=row["at"],
        list_id=row["list_id"],
        list_version=row["list_version"],
        running_numbers=tuple(row["running_numbers"]),
    )


def _request(row: asyncpg.Record) -> Request:
    return Request(row["ordinary_places"], row["minor_places"], row["answer_by"], row["received_at"])


def _resolution(row: asyncpg.Record) -> Resolution:
    return Resolution(
        ordinary_places=row["ordinary_places"],
        unaccompanied_minor_places=row["minor_places"],
        resolved_on=row["resolved_on"],
        case_number=row["case_number"],
        registered_at=row["registered_at"],
        registered_by=row["registered_by"],
        registered_by_name=row["registered_by_name"],
    )
