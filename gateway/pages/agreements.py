"""Anmodning og vedtak: what IMDi asks, what the municipality resolves, and what that makes, year by year."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from contracts import topics
from contracts.codes import PlaceKind
from contracts.municipality.v1 import RegisterResolution
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.pages.answer_form import Sheet
from gateway.pages.format import today
from gateway.pages.render import PageRequest, page
from gateway.pages.resolution_form import ResolutionForm
from gateway.pages.resolution_pages import open_for_resolution, show_resolution
from gateway.pages.submitting import submit
from gateway.parts import Parts
from gateway.readmodel.agreements import YEARS, Agreement, find_agreement, find_agreements

UNPROCESSABLE = 422
FROM_FORM = {FORM_PAGE: "/kommune/{municipality_id}/vedtak/{year}"}


@get("/vedtak", include_in_schema=False)
async def agreements(
    request: PageRequest,
    parts: NamedDependency[Parts],
    registered: Annotated[str, QueryParameter(name="registrert")] = "",
) -> Template:
    """All years something is registered for, and this year and the next, which may be resolved upon."""
    access = access_of(request)
    found = await find_agreements(parts.reader, access.municipality_id)
    this_year = today(parts.clock.now()).year
    known = {one.year for one in found}
    found += [Agreement(year) for year in (this_year, this_year + 1) if year not in known]
    return page(
        request,
        "agreements.html",
        access=access,
        years=sorted(found, key=lambda one: one.year, reverse=True),
        this_year=this_year,
        registered=int(registered) if registered in {str(year) for year in known} else None,
        may_resolve=open_for_resolution,
        kinds=list(PlaceKind),
    )


@get("/vedtak/{year:int}", include_in_schema=False)
async def resolution(request: PageRequest, parts: NamedDependency[Parts], year: FromPath[int]) -> Template | Redirect:
    """Show the form of a year's resolution; to who only reads, the years."""
    access, found = access_of(request), await _the_year(request, parts, year)
    if not access.can_write:
        return Redirect(f"/kommune/{access.municipality_id}/vedtak#ar-{year}", status_code=303)
    return await show_resolution(request, parts, access, found=found)


@post("/vedtak/{year:int}", status_code=200, include_in_schema=False, opt=FROM_FORM)
async def resolve(request: PageRequest, parts: NamedDependency[Parts], year: FromPath[int]) -> Template | Redirect:
    """Registrer vedtak."""
    access, found = access_of(request), await _the_year(request, parts, year)
    form = ResolutionForm.parse(dict(await request.form()), year)
    asked = found.state.request if found.state else None
    if errors := form.errors(asked, today(parts.clock.now())):
        return await show_resolution(request, parts, access, form, found=found, errors=errors, status=UNPROCESSABLE)
    command = _command(request, form)
    return await submit(request, parts, access, command, Sheet(form.form_id, form.version))


def _command(request: PageRequest, form: ResolutionForm) -> Command:
    access, user = access_of(request), request.user
    assert user is not None
    body = RegisterResolution.model_validate(
        {
            "municipality_id": access.municipality_id,
            "year": form.year,
            "ordinary_places": form.places(PlaceKind.ORDINARY),
            "unaccompanied_minor_places": form.places(PlaceKind.UNACCOMPANIED_MINOR),
            "resolved_on": form.day,
            "case_number": form.case_number,
            "more_than_requested": form.more,
            "expected_version": form.version,
            "actor": user.acting_in(access),
        }
    )
    return Command(
        command_id=command_id(form.form_id, Kind.RESOLVE, body),
        kind=Kind.RESOLVE,
        topic=topics.MUNICIPALITY_COMMANDS.name,
        municipality_id=access.municipality_id,
        subject=f"{access.municipality_id}/{form.year}",
        user_id=user.user_id,
        body=body,
        form=form.as_stored(),
    )


async def _the_year(request: PageRequest, parts: Parts, year: int) -> Agreement:
    """Find the year; raises NotFoundException where none may be resolved upon."""
    if year not in YEARS:
        raise NotFoundException
    found = await find_agreement(parts.reader, access_of(request).municipality_id, year)
    if not open_for_resolution(found, today(parts.clock.now()).year):
        raise NotFoundException
    return found
