"""The pages of moving in: a household with its forms, and the correction of one date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from litestar.exceptions import NotFoundException
from litestar.response import Template

from contracts.codes import PersonStatus
from contracts.distribution.v1 import PersonState
from gateway.auth.guards import access_of
from gateway.auth.users import Access
from gateway.commands.desk import Kind, Sent
from gateway.commands.settling import withdrawn
from gateway.commands.words import Problem
from gateway.language import _
from gateway.pages.answer_form import Sheet
from gateway.pages.form_fields import FormError
from gateway.pages.format import today
from gateway.pages.list_pages import list_path, the_list
from gateway.pages.render import PageRequest, page
from gateway.pages.settlement_form import CorrectionForm, SettlementForm, WeekForm, weeks
from gateway.parts import Parts
from gateway.readmodel.one_list import OneList
from gateway.readmodel.settling import Household

KINDS = frozenset({Kind.SETTLE, Kind.PLAN_WEEK, Kind.CORRECT})
DONE = {Kind.SETTLE: "bosatt", Kind.PLAN_WEEK: "uke", Kind.CORRECT: "rettet"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of a form that was sent: what must be mended, or why it was not taken."""

    errors: Sequence[FormError] = ()
    problem: Problem | None = None
    status: int = 200
    headers: Mapping[str, str] | None = None


NOTHING = Told()


def persons_path(access: Access) -> str:
    """Where placed and settled persons are."""
    return f"/kommune/{access.municipality_id}/bosetting/personer"


def household_path(access: Access, list_id: str, household: int) -> str:
    """Where a household is."""
    return f"{list_path(access, list_id)}/husstand/{household}"


def correction_path(access: Access, list_id: str, number: int) -> str:
    """Where a person's settlement date is corrected."""
    return f"{list_path(access, list_id)}/personer/{number}/bosettingsdato"


def placed_household(found: OneList, number: int) -> Household | None:
    """Find a household with somebody placed; None where there is none, or no longer."""
    persons = tuple(one for one in found.placed if one.household == number)
    return Household(persons) if persons else None


def household_of(found: OneList, number: int) -> Household:
    """Find a household with somebody placed. Raises NotFoundException."""
    household = placed_household(found, number)
    if household is None:
        raise NotFoundException
    return household


def why_gone(found: OneList, number: int) -> Problem:
    """Say why nobody of a household is placed. Raises NotFoundException where the list has no such household."""
    persons = [one for one in found.persons if one.household == number]
    if not persons:
        raise NotFoundException
    if any(one.withdrawn is not None for one in persons):
        return withdrawn()
    return Problem(
        _("Ingen i husstanden er søkt ut til kommunen"),
        _("Bosetting registreres når kommunen har svart ja og personene er søkt ut. Ingenting er registrert."),
    )


def show_gone(request: PageRequest, found: OneList, told: Told) -> Template:
    """Say what happened where nobody of a household is placed any more, so that there is no form to show."""
    access = access_of(request)
    return page(
        request,
        "problem.html",
        status=told.status,
        access=access,
        headers=told.headers,
        problem=told.problem,
        back=list_path(access, found.state.list_id),
        typed=None,
    )


def settled_person(found: OneList, number: int) -> PersonState:
    """Find a person who has moved in. Raises NotFoundException."""
    for one in found.persons:
        if one.running_number == number and one.status is PersonStatus.SETTLED:
            return one
    raise NotFoundException


def show_household(
    request: PageRequest,
    parts: Parts,
    found: OneList,
    household: Household,
    *,
    settling: SettlementForm | None = None,
    planning: WeekForm | None = None,
    told: Told = NOTHING,
) -> Template:
    """Show a household: how far each has come, and the forms as they are opened or as they were typed."""
    access, this_day = access_of(request), today(parts.clock.now())
    number, waiting = household.number, household.waiting
    week = planning or WeekForm.of(waiting, number, found.version)
    return page(
        request,
        "household.html",
        status=told.status,
        access=access,
        headers=told.headers,
        list=found.state,
        household=household,
        settling=settling or SettlementForm.of(waiting, number, found.version),
        week=week,
        weeks=weeks(this_day, week.chosen),
        errors=told.errors,
        error_texts={error.field: error.text for error in told.errors},
        problem=told.problem,
        today=this_day,
        done=request.query_params.get("lagret", ""),
        of_list=list_path(access, found.state.list_id),
        path=household_path(access, found.state.list_id, number),
        back=persons_path(access),
    )


def show_correction(
    request: PageRequest,
    parts: Parts,
    found: OneList,
    person: PersonState,
    *,
    form: CorrectionForm | None = None,
    told: Told = NOTHING,
) -> Template:
    """Show the form that corrects a settlement date, with its history."""
    access = access_of(request)
    return page(
        request,
        "correction.html",
        status=told.status,
        access=access,
        headers=told.headers,
        list=found.state,
        person=person,
        form=form or CorrectionForm.of(person, found.version),
        errors=told.errors,
        error_texts={error.field: error.text for error in told.errors},
        problem=told.problem,
        today=today(parts.clock.now()),
        of_list=list_path(access, found.state.list_id),
        path=correction_path(access, found.state.list_id, person.running_number),
        back=household_path(access, found.state.list_id, person.household),
        persons=persons_path(access),
    )


async def show_again(
    request: PageRequest, parts: Parts, sent: Sent, told: Told, *, sheet: Sheet | None = None
) -> Template:
    """Show what was typed on the list as it stands. ``sheet``: it was not sent, and is to be the same command again."""
    access, stored = access_of(request), sent.form or {}
    found = await the_list(parts, access, sent.subject)
    form_id = sheet.form_id if sheet else None
    if sent.kind is Kind.CORRECT:
        correction = CorrectionForm.kept(stored, form_id)
        form = correction if sheet else correction.on(found.version)
        return show_correction(request, parts, found, settled_person(found, form.number), form=form, told=told)
    household = placed_household(found, stored["household"])
    if household is None:
        return show_gone(request, found, replace(told, problem=told.problem or why_gone(found, stored["household"])))
    if sent.kind is Kind.PLAN_WEEK:
        planning = WeekForm.kept(stored, form_id)
        planning = planning if sheet else planning.on(found.version)
        return show_household(request, parts, found, household, planning=planning, told=told)
    settling = SettlementForm.kept(stored, form_id)
    settling = settling if sheet else settling.on(found.version)
    return show_household(request, parts, found, household, settling=settling, told=told)


def back_of(access: Access, sent: Sent) -> str:
    """Where the form of a command is; the overview, where that has been forgotten."""
    if not sent.form:
        return persons_path(access)
    if sent.kind is Kind.CORRECT:
        return correction_path(access, sent.subject, sent.form["number"])
    return household_path(access, sent.subject, sent.form["household"])


def next_of(access: Access, sent: Sent) -> str:
    """Where an accepted command leads: to the household it was about."""
    if not sent.form or "household" not in sent.form:
        return persons_path(access)
    return f"{household_path(access, sent.subject, sent.form['household'])}?lagret={DONE[sent.kind]}"
