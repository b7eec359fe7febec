"""Kommuner: a municipality's settlement data."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from contracts.codes import PersonStatus, PlaceKind
from gateway.auth.guards import access_of
from gateway.pages.format import today
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.overview import find_overview

LAST_PAGE = 10_000


@get("/", include_in_schema=False)
async def overview(
    request: PageRequest,
    parts: NamedDependency[Parts],
    wanted: Annotated[str | None, QueryParameter(name="ar")] = None,
) -> Template:
    """Agreement and places of a year, persons by status, open lists, history."""
    access = access_of(request)
    found = await find_overview(parts.reader, access.municipality_id)
    this_year = today(parts.clock.now()).year
    year = year_in(wanted) or this_year
    return page(
        request,
        "overview.html",
        access=access,
        found=found,
        year=year,
        this_year=this_year,
        ledger=found.year(year),
        years=sorted({this_year, *(one.year for one in found.years)}, reverse=True),
        persons=[(status, found.persons.get((year, status), 0)) for status in PersonStatus],
        kinds=list(PlaceKind),
    )


@get("/bosetting", include_in_schema=False)
async def settlement(request: PageRequest) -> Redirect:
    """Bosetting has one room so far: Fordelinger."""
    return Redirect(f"/kommune/{access_of(request).municipality_id}/bosetting/fordelinger", status_code=303)


def year_in(text: str | None) -> int | None:
    """Read a year of an address; what is none is left out."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) == 4 else None  # noqa: PLR2004


def page_number(text: str) -> int:
    """Read the number of a page; what is none is the first."""
    return min(max(1, int(text)), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004
