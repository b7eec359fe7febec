"""What following changed, written in one statement a table however much it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chassis.storage.database import Connection
from services.municipality.domain.book import Holding, ListPlaces, PersonKey
from services.municipality.domain.codes import PlaceKind
from services.municipality.domain.ledger import (
    LedgerEvent,
    LedgerYear,
    PlacesMoved,
    PlacesRequested,
    RequestUnanswered,
    ResolutionRegistered,
    YearId,
)

# A year is only ever replaced by a later version of itself.
WRITE_YEARS = """
INSERT INTO ledger_year AS y
    (municipality_id, year, version,
     ordinary_agreed, ordinary_requested, ordinary_placed, ordinary_settled,
     minor_agreed, minor_requested, minor_placed, minor_settled, lines)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[],
    $4::integer[], $5::integer[], $6::integer[], $7::integer[],
    $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::integer[])
ON CONFLICT (municipality_id, year) DO UPDATE SET
    version = excluded.version,
    ordinary_agreed = excluded.ordinary_agreed, ordinary_requested = excluded.ordinary_requested,
    ordinary_placed = excluded.ordinary_placed, ordinary_settled = excluded.ordinary_settled,
    minor_agreed = excluded.minor_agreed, minor_requested = excluded.minor_requested,
    minor_placed = excluded.minor_placed, minor_settled = excluded.minor_settled, lines = excluded.lines
WHERE y.version < excluded.version
RETURNING y.year
"""

WRITE_ENTRIES = """
INSERT INTO ledger_entry
    (municipality_id, year, ledger_version, position, place_kind, agreed, requested, placed, settled,
     list_id, list_version, running_number, at, movement, line, caused_by)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::integer[], $5::text[],
    $6::integer[], $7::integer[], $8::integer[], $9::integer[],
    $10::text[], $11::bigint[], $12::integer[], $13::timestamptz[], $14::text[], $15::integer[], $16::text[])
"""

WRITE_REQUEST = """
INSERT INTO ledger_request
    (municipality_id, year, ledger_version, caused_by, ordinary_places, minor_places, answer_by, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

WRITE_RESOLUTION = """
INSERT INTO ledger_resolution
    (municipality_id, year, ledger_version, caused_by, ordinary_places, minor_places, resolved_on, case_number,
     registered_at, registered_by, registered_by_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

WRITE_DEADLINE = """
INSERT INTO ledger_deadline (municipality_id, year, ledger_version, answer_by, passed_at) VALUES ($1, $2, $3, $4, $5)
"""

WRITE_LISTS = """
INSERT INTO ledger_list (municipality_id, year, list_id, list_version, requested, placed, settled)
SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bigint[], $5::integer[], $6::integer[], $7::integer[])
ON CONFLICT (list_id, municipality_id, year) DO UPDATE SET
    list_version = excluded.list_version, requested = excluded.requested,
    placed = excluded.placed, settled = excluded.settled
"""

WRITE_HOLDINGS = """
INSERT INTO ledger_holding (list_id, running_number, year, place_kind, stage, list_version)
SELECT * FROM unnest($1::text[], $2::integer[], $3::smallint[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (list_id, running_number) DO UPDATE SET
    year = excluded.year, place_kind = excluded.place_kind,
    stage = excluded.stage, list_version = excluded.list_version
"""


class LedgerOverwrittenError(Exception):
    """A ledger year was changed by somebody who did not hold its municipality's lock: nothing is written."""


async def write_years(connection: Connection, years: Sequence[LedgerYear]) -> None:
    """Write the years. Raises LedgerOverwrittenError where one is not newer than what is stored."""
    if not years:
        return
    ordinary = [year.sums[PlaceKind.ORDINARY] for year in years]
    minor = [year.sums[PlaceKind.UNACCOMPANIED_MINOR] for year in years]
    written = await connection.fetch(
        WRITE_YEARS,
        [year.id.municipality_id for year in years],
        [year.id.year for year in years],
        [year.version for year in years],
        *([getattr(sums, name) for sums in ordinary] for name in ("agreed", "requested", "placed", "settled")),
        *([getattr(sums, name) for sums in minor] for name in ("agreed", "requested", "placed", "settled")),
        [year.lines for year in years],
    )
    if len(written) != len(years):
        raise LedgerOverwrittenError


async def write_events(
    connection: Connection, events: Sequence[LedgerEvent], causes: Mapping[tuple[YearId, int], str | None]
) -> None:
    """Write the events' entries, and the requests, resolutions and passed deadlines among them.

    causes: ids of the messages they come of, by year and version.
    """
    rows = [
        (
            *(event.id.municipality_id, event.id.year, event.version, position),
            *(entry.kind.value, entry.change.agreed, entry.change.requested),
            *(entry.change.placed, entry.change.settled),
            *((cause.list_id, cause.list_version, cause.running_number) if cause else (None, None, None)),
            *(entry.at, entry.movement.value, entry.number, causes.get((event.id, event.version))),
        )
        for event in events
        if isinstance(event, PlacesMoved | ResolutionRegistered)
        for position, entry in enumerate(event.entries)
        for cause in (entry.cause,)
    ]
    if rows:
        await connection.execute(WRITE_ENTRIES, *zip(*rows, strict=True))
    for event in events:
        place = (event.id.municipality_id, event.id.year, event.version)
        cause = causes.get((event.id, event.version))
        if isinstance(event, PlacesRequested):
            asked = event.request
            numbers = (asked.ordinary_places, asked.unaccompanied_minor_places)
            await connection.execute(WRITE_REQUEST, *place, cause, *numbers, asked.answer_by, asked.received_at)
        elif isinstance(event, ResolutionRegistered):
            made = event.resolution
            numbers = (made.ordinary_places, made.unaccompanied_minor_places)
            by = (made.registered_at, made.registered_by, made.registered_by_name)
            await connection.execute(WRITE_RESOLUTION, *place, cause, *numbers, made.resolved_on, made.case_number, *by)
        elif isinstance(event, RequestUnanswered):
            await connection.execute(WRITE_DEADLINE, *place, event.request.answer_by, event.at)


async def write_lists(connection: Connection, lists: Sequence[ListPlaces]) -> None:
    """Write what lists hold in ledger years."""
    await connection.execute(
        WRITE_LISTS,
        [places.id.year_id.municipality_id for places in lists],
        [places.id.year_id.year for places in lists],
        [places.id.list_id for places in lists],
        [places.list_version for places in lists],
        [places.held.requested for places in lists],
        [places.held.placed for places in lists],
        [places.held.settled for places in lists],
    )


async def write_holdings(connection: Connection, holdings: Iterable[tuple[PersonKey, Holding]]) -> None:
    """Write where persons stand."""
    rows = [
        (
            *(key.list_id, key.running_number, holding.place.year),
            *(holding.place.kind.value, holding.place.stage.value, holding.list_version),
        )
        for key, holding in holdings
    ]
    if rows:
        await connection.execute(WRITE_HOLDINGS, *zip(*rows, strict=True))
