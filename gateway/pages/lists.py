"""Fordelinger: all distributions of a municipality, searched, filtered, kept as one's own choice, and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import structlog
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.codes import ListStatus
from contracts.distribution.v1 import PersonState
from gateway.auth.guards import FORM_PAGE, OWN, access_of
from gateway.auth.users import Access, User
from gateway.exports.files import FileKind
from gateway.exports.lists import MOST_LISTS, lists_table
from gateway.exports.persons import persons_table
from gateway.exports.tables import Table
from gateway.folders.papers import write_down_hits
from gateway.pages.folders import viewer_of
from gateway.pages.format import today
from gateway.pages.list_filter import MOST_DAYS, WITHIN_DAYS, ListQuery, write_place
from gateway.pages.list_pages import the_list
from gateway.pages.render import PageRequest, page
from gateway.pages.searching import LONGEST, Wrong, read_search
from gateway.parts import Parts
from gateway.readmodel.lists import find_lists
from gateway.readmodel.placed import find_placed

log = structlog.get_logger(__name__)

UNPROCESSABLE = 422
SEE_ALL = {"vis": "alle"}
"""In the address of who wants everything in spite of an own choice."""
FROM_LISTS = {FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger", OWN: True}
"""Searching and keeping a choice change nothing of the municipality's: a reader does both."""
KEEP, FORGET = "behold", "glem"
SAVED = "standard"


@get("/bosetting/fordelinger", include_in_schema=False)
async def lists(request: PageRequest, parts: NamedDependency[Parts]) -> Template | Redirect:
    """All distributions sent to the municipality; without parameters those of one's own choice, if there is one."""
    access, values = access_of(request), _values(request)
    if read_search(values.get("sok", "")).personal:
        # Somebody has put it into the address: it is searched by nowhere, and is gone from the address bar.
        return Redirect(_path(access, ListQuery.read(values).address or SEE_ALL), status_code=303)
    own = await parts.preferences.find(_user(request).user_id, _name(access))
    if not values and own:
        return Redirect(f"{_path(access)}?{own}", status_code=303)
    return await _shown(request, parts, ListQuery.read(values), own)


@get("/bosetting/fordelinger/sok", include_in_schema=False)
async def searched(request: PageRequest) -> Redirect:
    """Whoever loads the answer to a search anew finds the lists."""
    return Redirect(_path(access_of(request)), status_code=303)


@post("/bosetting/fordelinger/sok", status_code=200, include_in_schema=False, opt=FROM_LISTS)
async def search(request: PageRequest, parts: NamedDependency[Parts]) -> Template | Redirect:
    """Vis, or keep as one's own choice. A person's number is answered here: it never gets into an address."""
    access, data = access_of(request), dict(await request.form())
    values = {name: str(value) for name, value in data.items()}
    query, wanted, user_id = ListQuery.read(values), read_search(values.get("sok", "")), _user(request).user_id
    match values.get("handling"):
        case "behold":
            await parts.preferences.keep(user_id, _name(access), urlencode(query.kept.address or SEE_ALL))
            return Redirect(_path(access, {**(query.address or SEE_ALL), SAVED: KEEP}), status_code=303)
        case "glem":
            await parts.preferences.forget(user_id, _name(access))
            return Redirect(_path(access, {**(query.address or SEE_ALL), SAVED: FORGET}), status_code=303)
    if wanted.duf_number or wanted.wrong:
        own = await parts.preferences.find(user_id, _name(access))
        found = None
        if wanted.duf_number:
            found = await find_placed(parts.reader, access.municipality_id, wanted.duf_number)
            await write_down_hits(parts.looks, viewer_of(request), found)
            log.info("placed_person_searched", municipality_id=access.municipality_id, user_id=user_id, hits=len(found))
        return await _shown(request, parts, query, own, wrong=wanted.wrong, placed=found)
    return Redirect(_path(access, query.address or SEE_ALL), status_code=303)


@get(
    ["/bosetting/fordelinger.csv", "/bosetting/fordelinger.xlsx"],
    include_in_schema=False,
    media_type="application/octet-stream",
)
async def lists_file(request: PageRequest, parts: NamedDependency[Parts]) -> Response[Any]:
    """All lists of the filter as a file, one a row."""
    access, on = access_of(request), today(parts.clock.now())
    wanted = ListQuery.read(_values(request)).wanted(on)
    return await _file(request, parts, lists_table(parts.reader, access.municipality_id, wanted, on))


@get(
    ["/bosetting/fordelinger/{list_id:str}/personer.csv", "/bosetting/fordelinger/{list_id:str}/personer.xlsx"],
    include_in_schema=False,
    media_type="application/octet-stream",
)
async def persons_file(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Response[Any]:
    """Give the persons of one list as a file: what its page shows, without names and numbers."""
    return await _file(request, parts, persons_table(await the_list(parts, access_of(request), list_id)))


async def _shown(
    request: PageRequest,
    parts: Parts,
    query: ListQuery,
    own: str | None,
    *,
    wrong: Wrong | None = None,
    placed: Sequence[PersonState] | None = None,
) -> Template:
    """Show the lists. ``placed``: what a search by DUF number has found, in their stead; None: nothing was searched."""
    access, on = access_of(request), today(parts.clock.now())
    found = await find_lists(parts.reader, access.municipality_id, query.wanted(on))
    values = _values(request)
    return page(
        request,
        "lists.html",
        status=UNPROCESSABLE if wrong else 200,
        access=access,
        found=found,
        query=query,
        address=urlencode(query.address),
        pages={
            name: urlencode({**query.address, parameter: write_place(place)})
            for name, parameter, place in (("previous", "for", found.previous), ("next", "etter", found.next))
            if place
        },
        within=sorted({*WITHIN_DAYS, *([int(query.due)] if query.due.isdigit() else [])}),
        most_days=MOST_DAYS,
        statuses=list(ListStatus),
        own=own,
        is_own=own is not None and own == urlencode(query.kept.address or SEE_ALL) and not query.number,
        saved=values.get(SAVED),
        wrong=wrong,
        placed=placed,
        longest=LONGEST,
        most=MOST_LISTS,
    )


async def _file(request: PageRequest, parts: Parts, table: Table) -> Response[Any]:
    kind = FileKind(request.url.path.rpartition(".")[2])
    municipality_id = access_of(request).municipality_id
    return await parts.files.answer(table, kind, municipality_id=municipality_id, user_id=_user(request).user_id)


def _path(access: Access, query: Mapping[str, str] | None = None) -> str:
    path = f"/kommune/{access.municipality_id}/bosetting/fordelinger"
    return f"{path}?{urlencode(query)}" if query else path


def _name(access: Access) -> str:
    """Name the choice: one for each municipality."""
    return f"lists/{access.municipality_id}"


def _values(request: PageRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.query_params.items()}


def _user(request: PageRequest) -> User:
    assert request.user is not None
    return request.user
