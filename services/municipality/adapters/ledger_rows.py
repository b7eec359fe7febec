"""Rows of the ledger's tables as the domain's words, and the statements that read them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from chassis.storage.database import Connection
from services.municipality.domain.book import Book, Holding, ListPlaces, ListYearId, PersonKey
from services.municipality.domain.codes import PlaceKind, Stage
from services.municipality.domain.ledger import LedgerYear, Request, Resolution, YearId
from services.municipality.domain.list_facts import ListFact, Place
from services.municipality.domain.places import Sums

# All ledger years of some municipalities, each with the request and the resolution that hold.
READ_YEARS = """
SELECT y.*,
       q.ordinary_places AS request_ordinary, q.minor_places AS request_minor, q.answer_by, q.received_at,
       r.ordinary_places AS resolution_ordinary, r.minor_places AS resolution_minor,
       r.resolved_on, r.case_number, r.registered_at, r.registered_by, r.registered_by_name
FROM ledger_year AS y
LEFT JOIN LATERAL (
    SELECT * FROM ledger_request AS q
    WHERE q.municipality_id = y.municipality_id AND q.year = y.year
    ORDER BY q.ledger_version DESC LIMIT 1
) AS q ON true
LEFT JOIN LATERAL (
    SELECT * FROM ledger_resolution AS r
    WHERE r.municipality_id = y.municipality_id AND r.year = y.year
    ORDER BY r.ledger_version DESC LIMIT 1
) AS r ON true
WHERE y.municipality_id = ANY($1::text[])
"""

READ_LISTS = """
SELECT municipality_id, year, list_id, list_version, requested, placed, settled
FROM ledger_list WHERE list_id = ANY($1::text[])
"""

READ_LISTS_OF = """
SELECT municipality_id, year, list_id, list_version, requested, placed, settled
FROM ledger_list WHERE municipality_id = $1 ORDER BY year, list_id
"""

# The persons that some facts name: pairs of list and running number.
READ_HOLDINGS = """
SELECT list_id, running_number, year, place_kind, stage, list_version
FROM ledger_holding
JOIN unnest($1::text[], $2::integer[]) AS named (list_id, running_number) USING (list_id, running_number)
"""

HAS_HAD = """
SELECT EXISTS (
    SELECT FROM ledger_request
    WHERE municipality_id = $1 AND year = $2 AND ordinary_places = $3 AND minor_places = $4 AND answer_by = $5
)
"""


async def has_had(connection: Connection, year_id: YearId, request: Request) -> bool:
    """Tell whether this very request is among those of the year."""
    return bool(
        await connection.fetchval(
            HAS_HAD,
            year_id.municipality_id,
            year_id.year,
            request.ordinary_places,
            request.unaccompanied_minor_places,
            request.answer_by,
        )
    )


async def read_years(connection: Connection, municipality_ids: Sequence[str]) -> dict[YearId, LedgerYear]:
    """Read all ledger years of the municipalities."""
    years = map(_year, await connection.fetch(READ_YEARS, municipality_ids))
    return {year.id: year for year in years}


async def read_lists_of(connection: Connection, municipality_id: str) -> list[ListPlaces]:
    """Read what lists hold in the years of a municipality."""
    return [_list(row) for row in await connection.fetch(READ_LISTS_OF, municipality_id)]


async def read_book(connection: Connection, facts: Sequence[ListFact]) -> Book:
    """Read all that following these facts touches."""
    named = sorted({(fact.list_id, number) for fact in facts for number in fact.places})
    lists = map(_list, await connection.fetch(READ_LISTS, list({fact.list_id for fact in facts})))
    holdings = await connection.fetch(READ_HOLDINGS, [list_id for list_id, _ in named], [number for _, number in named])
    return Book(
        years=await read_years(connection, list({fact.municipality_id for fact in facts})),
        lists={places.id: places for places in lists},
        holdings={PersonKey(row["list_id"], row["running_number"]): _holding(row) for row in holdings},
    )


def _year(row: asyncpg.Record) -> LedgerYear:
    return LedgerYear(
        id=YearId(row["municipality_id"], row["year"]),
        version=row["version"],
        request=_request(row),
        resolution=_resolution(row),
        sums={PlaceKind.ORDINARY: _sums(row, "ordinary"), PlaceKind.UNACCOMPANIED_MINOR: _sums(row, "minor")},
        lines=row["lines"],
    )


def _sums(row: asyncpg.Record, kind: str) -> Sums:
    return Sums(row[f"{kind}_agreed"], row[f"{kind}_requested"], row[f"{kind}_placed"], row[f"{kind}_settled"])


def _request(row: asyncpg.Record) -> Request | None:
    if row["answer_by"] is None:
        return None
    return Request(row["request_ordinary"], row["request_minor"], row["answer_by"], row["received_at"])


def _resolution(row: asyncpg.Record) -> Resolution | None:
    if row["resolved_on"] is None:
        return None
    return Resolution(
        ordinary_places=row["resolution_ordinary"],
        unaccompanied_minor_places=row["resolution_minor"],
        resolved_on=row["resolved_on"],
        case_number=row["case_number"],
        registered_at=row["registered_at"],
        registered_by=row["registered_by"],
        registered_by_name=row["registered_by_name"],
    )


def _list(row: asyncpg.Record) -> ListPlaces:
    list_id = ListYearId(YearId(row["municipality_id"], row["year"]), row["list_id"])
    held = Sums(requested=row["requested"], placed=row["placed"], settled=row["settled"])
    return ListPlaces(list_id, row["list_version"], held)


def _holding(row: asyncpg.Record) -> Holding:
    place = Place(PlaceKind(row["place_kind"]), row["year"], Stage(row["stage"]))
    return Holding(place, row["list_version"])
