"""What clients may see: the same rows as the pages, read the same way."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter

from gateway.api import cursors
from gateway.api.documented import ETAG, GONE, KNOWN_CLIENT, NOT_MODIFIED, documented
from gateway.api.guards import access_of, caller_of, reached_by
from gateway.api.headers import entity_tag
from gateway.api.list_models import WholeList
from gateway.api.models import (
    LedgerYear,
    Municipalities,
    Municipality,
    MunicipalityLink,
    Notice,
    Notices,
)
from gateway.api.problems import ProblemError
from gateway.auth.users import Access
from gateway.pages.list_pages import LIST_ID
from gateway.parts import Parts
from gateway.readmodel.feeds import Position, notice_feed
from gateway.readmodel.one_list import OneList, find_list
from gateway.readmodel.overview import find_overview

ROOT = "/api/v1/municipalities"
ApiRequest = Request[Any, Any, Any]
Limit = Annotated[int, QueryParameter(ge=1, le=100, description="How many a page holds at most.")]
Cursor = Annotated[str | None, QueryParameter(description="From `next` of the page before.")]


@get(
    "/",
    operation_id="listMunicipalities",
    summary="Municipalities of the token",
    tags=["Municipality"],
    responses=documented(*KNOWN_CLIENT),
)
async def municipalities(request: ApiRequest) -> Municipalities:
    """Give the municipalities that the token's organisation is. Start here: ids are not computed from numbers."""
    links = [
        MunicipalityLink(
            municipality_id=one.municipality_id,
            name=one.name,
            href=f"{ROOT}/{one.municipality_id}",
            successor=one.successor,
        )
        for one in await reached_by(request)
    ]
    return Municipalities(items=links)


@get("/", operation_id="getMunicipality", summary="Overview", tags=["Municipality"], responses=documented(*GONE))
async def overview(request: ApiRequest, parts: NamedDependency[Parts]) -> Municipality:
    """Give agreement and places, year by year, and how many lists await an answer."""
    access = access_of(request)
    found = await find_overview(parts.reader, access.municipality_id)
    state = found.municipality
    if state is None:
        raise ProblemError("not-found")
    return Municipality(
        **state.model_dump(include=set(Municipality.model_fields)),
        open_lists=len(found.open_lists),
        years=[LedgerYear.of(year) for year in found.years],
    )


@get(
    "/distribution-lists/{list_id:str}",
    operation_id="getDistributionList",
    summary="One list with its persons",
    tags=["Distribution lists"],
    response_headers=[ETAG],
    responses={304: NOT_MODIFIED, **documented(*GONE)},
)
async def one_list(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    list_id: FromPath[str],
    if_none_match: Annotated[
        str | None, HeaderParameter(name="If-None-Match", description="304 where it is the list's ETag.")
    ] = None,
) -> Response[WholeList]:
    """Give the list, and what may be seen of its persons. The ETag is what a write names in `If-Match`."""
    found = await the_list(parts, access_of(request), list_id)
    tag = entity_tag(found.version)
    if if_none_match and tag in [one.strip().removeprefix("W/") for one in if_none_match.split(",")]:
        return Response(None, status_code=304, headers={"ETag": tag})  # type: ignore[arg-type]
    return Response(WholeList.of_all(found), headers={"ETag": tag})


@get("/notices", operation_id="listNotices", summary="Notices", tags=["Notices"], responses=documented(*GONE))
async def notices(
    request: ApiRequest,
    *,
    parts: NamedDependency[Parts],
    unread: Annotated[bool, QueryParameter(description="Only what this client has not read.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Notices:
    """Give notices, newest first. Reading is each client's own, as it is each caseworker's."""
    access, user_id = access_of(request), caller_of(request).user_id
    found = await notice_feed(
        parts.reader,
        access.municipality_id,
        user_id,
        unread=unread,
        after=cursors.read(cursor),
        limit=limit + 1,
    )
    shown, following = cursors.page(
        found,
        limit,
        f"{ROOT}/{access.municipality_id}/notices",
        {"unread": "true"} if unread else {},
        lambda notice: Position(notice.posted_at, notice.notice_id),
    )
    return Notices(items=[Notice.of(notice, user_id) for notice in shown], next=following)


async def the_list(parts: Parts, access: Access, list_id: str) -> OneList:
    """Find the list, or raise ProblemError: the same for another municipality's as for none."""
    found = await find_list(parts.reader, access.municipality_id, list_id) if LIST_ID.fullmatch(list_id) else None
    if found is None:
        raise ProblemError("list-not-found")
    return found
