"""Years: request, resolution and how they came to be; the ledger of places; and registering a resolution."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from contracts.codes import PlaceKind
from contracts.municipality.v1 import RegisterResolution
from gateway.api.bodies import ResolutionBody
from gateway.api.documented import ETAG, GONE, YEAR_WRITTEN, Write, documented
from gateway.api.guards import access_of, caller_of, json_body
from gateway.api.headers import entity_tag, expected_version
from gateway.api.ledger_models import LedgerEntry, LedgerPage, WholeYear
from gateway.api.models import Command as CommandOut
from gateway.api.problems import ProblemError
from gateway.api.reading import ROOT, ApiRequest, Limit
from gateway.api.sending import submit
from gateway.api.writing import PENDING, Key, Match
from gateway.commands.desk import Kind
from gateway.pages.format import today
from gateway.pages.ledger import end_of
from gateway.pages.resolution_form import YEARS_AHEAD
from gateway.parts import Parts
from gateway.readmodel.agreements import YEARS, Agreement, find_agreement
from gateway.readmodel.ledger import LedgerWanted, find_ledger

TAGS = ["Agreements and places"]
FIRST, LAST = date(YEARS[0] - 1, 12, 31), date(YEARS[-1], 12, 31)
AsOf = Annotated[
    date | None,
    QueryParameter(description="As it stood at the end of this day in Norway; without it, as it stands."),
]
After = Annotated[int, QueryParameter(ge=0, le=10_000_000, description="Lines after this number. `next` names it.")]


@get(
    "/years/{year:int}",
    operation_id="getYear",
    summary="Request, resolution and places of a year",
    tags=TAGS,
    response_headers=[ETAG],
    responses=documented(*GONE),
)
async def year(request: ApiRequest, parts: NamedDependency[Parts], year: FromPath[int]) -> Response[WholeYear]:
    """Give a year with its history. The ETag is what registering a resolution names in `If-Match`.

    A year that nothing has happened in yet, and that may be resolved upon, is at version 0.
    """
    found = await _the_year(request, parts, year)
    return Response(WholeYear.of_all(found), headers={"ETag": entity_tag(found.version)})


@put(
    "/years/{year:int}/resolution",
    operation_id="registerResolution",
    summary="Register the municipality's resolution",
    tags=TAGS,
    guards=[json_body],
    responses={202: PENDING, **documented(*YEAR_WRITTEN)},
    operation_class=Write,
)
async def register_resolution(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    year: FromPath[int],
    data: JSONBody[ResolutionBody],
    key: Key = None,
    match: Match = None,
) -> Response[CommandOut]:
    """Register or change the resolution (vedtak). No resolution is not the same as one of 0 places, which refuses."""
    access = access_of(request)
    await _the_year(request, parts, year)
    body = RegisterResolution(
        municipality_id=access.municipality_id,
        year=year,
        **data.model_dump(),
        expected_version=expected_version(match),
        actor=caller_of(request).actor,
    )
    return await submit(request, parts, Kind.RESOLVE, body, key)


@get(
    "/ledger",
    operation_id="listLedgerEntries",
    summary="The ledger of places",
    tags=TAGS,
    responses=documented(*GONE),
)
async def ledger(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    year: Annotated[
        int | None, QueryParameter(ge=2000, le=2100, description="The ledger year; without it, the present one.")
    ] = None,
    as_of: AsOf = None,
    place_kind: Annotated[PlaceKind | None, QueryParameter(description="Only places of this kind.")] = None,
    after: After = 0,
    limit: Limit = 50,
) -> LedgerPage:
    """Give what changed the places of a year, in the order it was entered, and the sums it makes.

    Lines are only ever added: who has those up to a number asks for what is after it.
    """
    access = access_of(request)
    # before the first agreement there is nothing, after the last one everything, however far it is
    before = end_of(min(max(as_of, FIRST), LAST)) if as_of else None
    of_year = year or today(parts.clock.now()).year
    wanted = LedgerWanted(of_year, before, place_kind, after=after, limit=limit + 1)
    found = await find_ledger(parts.reader, access.municipality_id, wanted)
    shown = found.lines[:limit]
    following = None
    if len(found.lines) > limit:
        given = {"year": of_year, "as_of": as_of, "place_kind": place_kind, "after": shown[-1].entry.number}
        given["limit"] = limit
        query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
        following = f"{ROOT}/{access.municipality_id}/ledger?{query}"
    return LedgerPage(
        year=of_year,
        as_of=as_of,
        ordinary=found.sums[PlaceKind.ORDINARY],
        unaccompanied_minor=found.sums[PlaceKind.UNACCOMPANIED_MINOR],
        items=[LedgerEntry.of(line) for line in shown],
        next=following,
    )


async def _the_year(request: ApiRequest, parts: Parts, wanted: int) -> Agreement:
    """Find the year, or raise ProblemError where there is none and none may be resolved upon."""
    if wanted not in YEARS:
        raise ProblemError("not-found")
    found = await find_agreement(parts.reader, access_of(request).municipality_id, wanted)
    this_year = today(parts.clock.now()).year
    if found.version == 0 and not this_year <= wanted <= this_year + YEARS_AHEAD:
        raise ProblemError("not-found")
    return found
