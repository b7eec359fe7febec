"""Utsøkte og bosatte: who is placed, who has moved in, what is missing, and registering it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from contracts import topics
from contracts.distribution.v1 import ListCommand, PlanSettlement, RegisterSettlements
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.commands.words import Problem
from gateway.language import _
from gateway.pages.answer_form import Sheet
from gateway.pages.format import today
from gateway.pages.list_pages import the_list
from gateway.pages.municipality import page_number
from gateway.pages.render import PageRequest, page
from gateway.pages.settlement_form import CorrectionForm, SettlementForm, WeekForm
from gateway.pages.settlement_pages import (
    Told,
    household_of,
    household_path,
    persons_path,
    placed_household,
    settled_person,
    show_correction,
    show_gone,
    show_household,
    why_gone,
)
from gateway.pages.submitting import CONFLICT, submit
from gateway.parts import Parts
from gateway.readmodel.settling import Shown, find_households

UNPROCESSABLE = 422
FILTERS = {"mangler": Shown.MISSING, "bosatt": Shown.SETTLED}
HOUSEHOLD = "/bosetting/fordelinger/{list_id:str}/husstand/{household:int}"
CORRECTION = "/bosetting/fordelinger/{list_id:str}/personer/{number:int}/bosettingsdato"
FROM_HOUSEHOLD = {FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger/{list_id}/husstand/{household}"}
FROM_CORRECTION = {
    FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger/{list_id}/personer/{number}/bosettingsdato"
}


@get("/bosetting/personer", include_in_schema=False)
async def persons(
    request: PageRequest,
    *,
    parts: NamedDependency[Parts],
    shown: Annotated[str, QueryParameter(name="vis")] = "",
    number: Annotated[str, QueryParameter(name="side")] = "1",
) -> Template:
    """Placed and settled persons by household, those without a settlement date first. Nobody is named here."""
    access = access_of(request)
    wanted, at = FILTERS.get(shown, Shown.ALL), page_number(number)
    found = await find_households(parts.reader, access.municipality_id, wanted, at)
    return page(
        request,
        "persons.html",
        access=access,
        found=found,
        shown=wanted,
        query={"vis": shown} if wanted else {},
        at=at,
        path=persons_path(access),
        household_path=household_path,
    )


@get(HOUSEHOLD, include_in_schema=False)
async def household(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], household: FromPath[int]
) -> Template:
    """Show a household: how far each has come, and the forms."""
    found = await the_list(parts, access_of(request), list_id)
    return show_household(request, parts, found, household_of(found, household))


@post(f"{HOUSEHOLD}/bosatt", status_code=200, include_in_schema=False, opt=FROM_HOUSEHOLD)
async def settle(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], household: FromPath[int]
) -> Template | Redirect:
    """Register that persons of the household have moved in: all who are marked, or nobody."""
    access, data = access_of(request), await _form(request)
    found = await the_list(parts, access, list_id)
    shown = placed_household(found, household)
    if shown is None:
        return show_gone(request, found, Told(problem=why_gone(found, household), status=CONFLICT))
    if not shown.waiting:
        return show_household(request, parts, found, shown, told=Told(problem=_settled(), status=CONFLICT))
    form = SettlementForm.parse(data, shown.waiting, household)
    if errors := form.errors(shown.waiting, today(parts.clock.now())):
        told = Told(errors=errors, status=UNPROCESSABLE)
        return show_household(request, parts, found, shown, settling=form, told=told)
    body = RegisterSettlements(**_common(request, list_id, form.version), persons=form.moved_in())
    sheet = Sheet(form.form_id, form.version)
    return await submit(request, parts, access, _command(request, Kind.SETTLE, body, sheet, form.as_stored()), sheet)


@post(f"{HOUSEHOLD}/uke", status_code=200, include_in_schema=False, opt=FROM_HOUSEHOLD)
async def plan(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], household: FromPath[int]
) -> Template | Redirect:
    """Plan the week in which those who have not moved in can be received, or take the plan back."""
    access, form = access_of(request), WeekForm.parse(await _form(request), household)
    found = await the_list(parts, access, list_id)
    shown = placed_household(found, household)
    if shown is None:
        return show_gone(request, found, Told(problem=why_gone(found, household), status=CONFLICT))
    if not shown.waiting:
        return show_household(request, parts, found, shown, told=Told(problem=_settled(), status=CONFLICT))
    if errors := form.errors():
        told = Told(errors=errors, status=UNPROCESSABLE)
        return show_household(request, parts, found, shown, planning=form, told=told)
    numbers = [person.running_number for person in shown.waiting]
    common = _common(request, list_id, form.version)
    body = PlanSettlement(**common, running_numbers=numbers, week=form.chosen)
    sheet = Sheet(form.form_id, form.version)
    return await submit(request, parts, access, _command(request, Kind.PLAN_WEEK, body, sheet, form.as_stored()), sheet)


@get(CORRECTION, include_in_schema=False)
async def correction(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], number: FromPath[int]
) -> Template | Redirect:
    """Show the form that corrects a settlement date; to who only reads, the household."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    person = settled_person(found, number)
    if not access.can_write:
        return Redirect(household_path(access, list_id, person.household), status_code=303)
    return show_correction(request, parts, found, person)


@post(CORRECTION, status_code=200, include_in_schema=False, opt=FROM_CORRECTION)
async def correct(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], number: FromPath[int]
) -> Template | Redirect:
    """Correct a settlement date, with a reason."""
    access, form = access_of(request), CorrectionForm.parse(await _form(request), number)
    found = await the_list(parts, access, list_id)
    person = settled_person(found, number)
    if errors := form.errors(person, today(parts.clock.now())):
        told = Told(errors=errors, status=UNPROCESSABLE)
        return show_correction(request, parts, found, person, form=form, told=told)
    body = RegisterSettlements(**_common(request, list_id, form.version), persons=form.moved_in())
    sheet = Sheet(form.form_id, form.version)
    stored = form.as_stored() | {"household": person.household}
    return await submit(request, parts, access, _command(request, Kind.CORRECT, body, sheet, stored), sheet)


def _settled() -> Problem:
    return Problem(
        _("Alle i husstanden har flyttet inn"),
        _("En kollega kan ha registrert det nå. Er en dato feil, retter du den ved siden av personen."),
    )


async def _form(request: PageRequest) -> Mapping[str, Any]:
    return dict(await request.form())


def _common(request: PageRequest, list_id: str, version: int) -> dict[str, Any]:
    access, user = access_of(request), request.user
    assert user is not None
    return {
        "list_id": list_id,
        "municipality_id": access.municipality_id,
        "expected_version": version,
        "actor": user.acting_in(access),
    }


def _command(request: PageRequest, kind: Kind, body: ListCommand, sheet: Sheet, stored: Mapping[str, Any]) -> Command:
    assert request.user is not None
    return Command(
        command_id=command_id(sheet.form_id, kind, body),
        kind=kind,
        topic=topics.DISTRIBUTION_COMMANDS.name,
        municipality_id=body.municipality_id,
        subject=body.list_id,
        user_id=request.user.user_id,
        body=body,
        form=stored,
    )
