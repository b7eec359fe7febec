"""Opening a list, answering it, approving, sending: each step a form that works without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts import topics
from contracts.codes import ListStatus
from contracts.distribution.v1 import ApproveList, ListCommand, ReturnToTreatment, SaveDecisions, SendAnswer
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.auth.users import Access, User
from gateway.commands.desk import Command, Kind, command_id
from gateway.commands.list_problems import list_withdrawn
from gateway.pages.answer_form import AnswerForm, Sheet, version_of
from gateway.pages.list_pages import check_list, list_path, show_list, the_list
from gateway.pages.question_form import QuestionForm
from gateway.pages.render import PageRequest, page
from gateway.pages.submitting import CONFLICT, UNPROCESSABLE, submit
from gateway.parts import Parts

APPROVE_BUTTON = "godkjenn"
HOUSEHOLD_BUTTON = re.compile(r"husstand-([0-9]{1,9})")
"""Marks all of a household, or nobody: for browsers without scripts; nothing is saved."""
FROM_LIST = {FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger/{list_id}"}


@get("/bosetting/fordelinger/{list_id:str}", include_in_schema=False)
async def open_list(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Template:
    """Show the list as far as it has come: to be answered, to be sent, or answered."""
    access = access_of(request)
    return show_list(request, access, await the_list(parts, access, list_id))


@post("/bosetting/fordelinger/{list_id:str}/svar", status_code=200, include_in_schema=False, opt=FROM_LIST)
async def answer(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Template | Redirect:
    """Lagre or Godkjenn liste: the same form, two buttons; and one a household that marks or unmarks it."""
    access, data = access_of(request), await _form(request)
    found = await the_list(parts, access, list_id)
    form, question = AnswerForm.parse(data, found.persons), QuestionForm.parse(data)
    if found.state.withdrawn is not None:
        # Nobody is left to decide on, so there is no command to send; what was typed is shown.
        problem = list_withdrawn(found.state.withdrawn.at)
        return show_list(request, access, found, form=form, question=question, problem=problem, status=CONFLICT)
    if household := HOUSEHOLD_BUTTON.fullmatch(str(data.get("handling"))):
        toggled = form.with_household(int(household[1]), found.persons)
        return show_list(request, access, found, form=toggled, question=question)
    approving = data.get("handling") == APPROVE_BUTTON
    if errors := form.errors(found.persons, approving=approving) + question.unsent():
        return show_list(request, access, found, form=form, question=question, errors=errors, status=UNPROCESSABLE)
    sheet = Sheet(form.form_id, form.version)
    common = _common(_user(request), access, list_id, sheet)
    body: ListCommand
    if approving:
        splits = form.approved_splits(found.persons)
        body = ApproveList(**common, decisions=form.decisions, message=form.message, splits=splits)
    else:
        drafted = {"decisions": form.drafts, "message": form.message, "splits": form.draft_splits}
        body = SaveDecisions(**common, **drafted, touched=form.touched)
    kind = Kind.APPROVE if approving else Kind.SAVE
    command = _command(request, access, kind, body, sheet, stored=form.as_stored())
    return await submit(request, parts, access, command, sheet)


@post("/bosetting/fordelinger/{list_id:str}/send", status_code=200, include_in_schema=False, opt=FROM_LIST)
async def send_answer(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]
) -> Template | Redirect:
    """Send svar: what was approved leaves the municipality."""
    access, sheet = access_of(request), _sheet(await _form(request))
    await check_list(parts, access, list_id)  # another's is as none, and nothing is sent about it
    body = SendAnswer(**_common(_user(request), access, list_id, sheet), accepted_at=parts.clock.now())
    return await submit(request, parts, access, _command(request, access, Kind.SEND, body, sheet), sheet)


@post("/bosetting/fordelinger/{list_id:str}/tilbake", status_code=200, include_in_schema=False, opt=FROM_LIST)
async def back_to_treatment(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]
) -> Template | Redirect:
    """Tilbake til behandling: the approval is taken back."""
    access, sheet = access_of(request), _sheet(await _form(request))
    await check_list(parts, access, list_id)  # another's is as none, and nothing is sent about it
    body = ReturnToTreatment(**_common(_user(request), access, list_id, sheet))
    return await submit(request, parts, access, _command(request, access, Kind.RETURN, body, sheet), sheet)


@get("/bosetting/fordelinger/{list_id:str}/kvittering", include_in_schema=False)
async def receipt(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Template | Redirect:
    """Show what was sent, by whom, and what happens next."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    if found.state.status is not ListStatus.ANSWERED:
        return Redirect(list_path(access, list_id), status_code=303)
    return page(request, "receipt.html", access=access, found=found, list=found.state, path=list_path(access, list_id))


def _user(request: PageRequest) -> User:
    assert request.user is not None
    return request.user


async def _form(request: PageRequest) -> Mapping[str, Any]:
    return dict(await request.form())


def _common(user: User, access: Access, list_id: str, sheet: Sheet) -> dict[str, Any]:
    return {
        "list_id": list_id,
        "municipality_id": access.municipality_id,
        "expected_version": sheet.version,
        "actor": user.acting_in(access),
    }


def _command(
    request: PageRequest,
    access: Access,
    kind: Kind,
    body: ListCommand,
    sheet: Sheet,
    *,
    stored: Mapping[str, Any] | None = None,
) -> Command:
    return Command(
        command_id=command_id(sheet.form_id, kind, body),
        kind=kind,
        topic=topics.DISTRIBUTION_COMMANDS.name,
        municipality_id=access.municipality_id,
        subject=body.list_id,
        user_id=_user(request).user_id,
        body=body,
        form=stored,
    )


def _sheet(data: Mapping[str, Any]) -> Sheet:
    try:
        return Sheet(str(UUID(str(data.get("skjema")))), version_of(data))
    except ValueError:
        raise NotFoundException from None
