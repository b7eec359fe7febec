"""Lists searched, filtered and sorted, taken along as files, and found by a placed person's number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode

import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from gateway.api import cursors
from gateway.api.bodies import PlacedSearch
from gateway.api.documented import GONE, documented
from gateway.api.folders import viewer_of
from gateway.api.guards import READS, access_of, caller_of, json_body
from gateway.api.list_models import DistributionList, DistributionLists, PlacedPerson, PlacedPersons
from gateway.api.reading import ROOT, ApiRequest, Cursor, Limit, the_list
from gateway.exports import csv_file
from gateway.exports.files import FileKind
from gateway.exports.lists import lists_table
from gateway.exports.persons import persons_table
from gateway.exports.tables import Table
from gateway.folders.papers import write_down_hits
from gateway.language import BOKMAAL
from gateway.pages import languages
from gateway.pages.format import today
from gateway.pages.list_filter import MOST_DAYS, OVERDUE, ListQuery
from gateway.parts import Parts
from gateway.readmodel.lists import ListFilter, Sort, find_lists
from gateway.readmodel.placed import find_placed

log = structlog.get_logger(__name__)

TAGS = ["Distribution lists"]
ListsWanted = Literal["open", "received", "under_treatment", "approved", "answered", "withdrawn"]
Format = Annotated[
    Literal["csv", "xlsx"],
    QueryParameter(name="format", description="CSV with semicolons and a byte order mark, or a workbook."),
]
FILE = ResponseSpec(
    bytes, description="The file, in Norwegian. With `format=xlsx` it is a workbook.", media_type=csv_file.MEDIA_TYPE
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as a filter, and as the parameters of the next page."""

    wanted: ListFilter
    given: Mapping[str, str]


def asked_for(
    *,
    parts: NamedDependency[Parts],
    number: Annotated[
        str | None,
        QueryParameter(
            pattern="^[A-Za-z0-9-]{1,40}$",
            description="A list's id or a part of it. A person's number goes into no address: search for it by POST.",
        ),
    ] = None,
    status: Annotated[
        ListsWanted | None, QueryParameter(description="`open`: every status before `answered`, not `withdrawn`.")
    ] = None,
    year: Annotated[int | None, QueryParameter(ge=2000, le=2100, description="The ledger year.")] = None,
    due_from: Annotated[date | None, QueryParameter(description="The first day of the deadline.")] = None,
    due_to: Annotated[date | None, QueryParameter(description="The last day of the deadline.")] = None,
    due_within: Annotated[
        int | None,
        QueryParameter(
            ge=0,
            le=MOST_DAYS,
            schema_extra={"minimum": 0},  # the framework leaves a bound of 0 out where there may be none
            description="Awaits an answer, due within so many days; 0: today.",
        ),
    ] = None,
    overdue: Annotated[
        bool, QueryParameter(description="Awaits an answer, and its deadline is over; `due_within` counts no more.")
    ] = False,
    sort: Annotated[Sort, QueryParameter(description="The order. A cursor belongs to one order.")] = Sort.NEWEST,
) -> Asked:
    """Read the filter that listing and exporting share."""
    query = ListQuery(
        status=status or "",
        year=year,
        due=OVERDUE if overdue else "" if due_within is None else str(due_within),
        due_from=due_from,
        due_to=due_to,
        number=(number or "").upper(),
    )
    given = {
        "number": number, "status": status, "year": year, "due_from": due_from, "due_to": due_to,
        "due_within": due_within, "overdue": "true" if overdue else None, "sort": None if sort is Sort.NEWEST else sort,
    }  # fmt: skip
    return Asked(
        replace(query.wanted(today(parts.clock.now())), sort=sort),
        {name: str(value) for name, value in given.items() if value is not None},
    )


FILTERED = {"asked": Provide(asked_for, sync_to_thread=False)}


@get(
    "/distribution-lists",
    operation_id="listDistributionLists",
    summary="Distribution lists",
    tags=TAGS,
    responses=documented(*GONE),
    dependencies=FILTERED,
)
async def lists(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    asked: NamedDependency[Asked],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DistributionLists:
    """Give lists, newest first unless asked otherwise. What arrives while one pages moves nothing."""
    municipality_id, sort = access_of(request).municipality_id, asked.wanted.sort
    wanted = replace(asked.wanted, after=cursors.read_place(sort, cursor), limit=limit)
    found = await find_lists(parts.reader, municipality_id, wanted)
    following = None
    if found.next:
        parameters = {**asked.given, "limit": str(limit), "cursor": cursors.write_place(sort, found.next)}
        following = f"{ROOT}/{municipality_id}/distribution-lists?{urlencode(parameters)}"
    items = [DistributionList.of(one.state, one.version) for one in found.found]
    return DistributionLists(items=items, total=found.total, next=following)


@get(
    "/distribution-lists/export",
    operation_id="exportDistributionLists",
    summary="Distribution lists as a file",
    tags=TAGS,
    media_type=csv_file.MEDIA_TYPE,
    responses={200: FILE, **documented(*GONE)},
    dependencies=FILTERED,
)
async def lists_file(
    request: ApiRequest, *, parts: NamedDependency[Parts], asked: NamedDependency[Asked], file_format: Format = "csv"
) -> Response[bytes]:
    """Give a row for each list, as the page Fordelinger does. Beyond 10,000 lists the last row says so."""
    languages.speak(request, BOKMAAL)  # columns are named alike to every program
    on = today(parts.clock.now())
    table = lists_table(parts.reader, access_of(request).municipality_id, asked.wanted, on)
    return await _file(request, parts, table, file_format)


@get(
    "/distribution-lists/{list_id:str}/persons/export",
    operation_id="exportPersons",
    summary="The persons of a list as a file",
    tags=TAGS,
    media_type=csv_file.MEDIA_TYPE,
    responses={200: FILE, **documented(*GONE)},
)
async def persons_file(
    request: ApiRequest, *, parts: NamedDependency[Parts], list_id: FromPath[str], file_format: Format = "csv"
) -> Response[bytes]:
    """Give a row for each person, with what the list's page shows: no name, no number but the running one."""
    found = await the_list(parts, access_of(request), list_id)
    languages.speak(request, BOKMAAL)  # as above
    return await _file(request, parts, persons_table(found), file_format)


@post(
    "/persons/search",
    operation_id="searchPlacedPersons",
    summary="Find a placed person by DUF number",
    tags=TAGS,
    status_code=200,
    guards=[json_body],
    opt={READS: True},
    responses=documented(*GONE, 413, 415, 422),
)
async def placed(request: ApiRequest, parts: NamedDependency[Parts], data: JSONBody[PlacedSearch]) -> PlacedPersons:
    """Tell on which list a person placed to the municipality stands; nobody else is found.

    Each hit is written down first, with which client searched.
    """
    municipality_id, user_id = access_of(request).municipality_id, caller_of(request).user_id
    found = await find_placed(parts.reader, municipality_id, data.duf_number)
    await write_down_hits(parts.looks, viewer_of(request), found)
    log.info("placed_person_searched", municipality_id=municipality_id, user_id=user_id, hits=len(found))
    return PlacedPersons(items=[PlacedPerson.of(person) for person in found])


async def _file(request: ApiRequest, parts: Parts, table: Table, kind: str) -> Response[bytes]:
    municipality_id, user_id = access_of(request).municipality_id, caller_of(request).user_id
    return await parts.files.answer(table, FileKind(kind), municipality_id=municipality_id, user_id=user_id)
