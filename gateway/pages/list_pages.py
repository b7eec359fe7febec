"""The pages of one list: which one is shown follows from how far the list has come."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from litestar.exceptions import NotFoundException
from litestar.response import Template

from contracts.codes import DeclineReason, ListStatus, SplitReason
from gateway.auth.users import Access
from gateway.commands.problems import Problem
from gateway.pages import list_history, list_view, threads_view, wording
from gateway.pages.answer_form import AnswerForm, Sheet, version_of
from gateway.pages.form_fields import FormError
from gateway.pages.format import today
from gateway.pages.labels import choices
from gateway.pages.question_form import QuestionForm
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.one_list import OneList, find_list, is_there

LIST_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")


async def the_list(parts: Parts, access: Access, list_id: str) -> OneList:
    """Find the list, or raise NotFoundException: the same for another municipality's as for none."""
    if not LIST_ID.fullmatch(list_id):
        raise NotFoundException
    this_year = today(parts.clock.now()).year
    found = await find_list(parts.reader, access.municipality_id, list_id, this_year=this_year)
    if found is None:
        raise NotFoundException
    return found


async def check_list(parts: Parts, access: Access, list_id: str) -> None:
    """Raise NotFoundException where there is no such list, or it is another's; nothing of it is read."""
    if not LIST_ID.fullmatch(list_id) or not await is_there(parts.reader, access.municipality_id, list_id):
        raise NotFoundException


def list_path(access: Access, list_id: str) -> str:
    """Where a list's page is."""
    return f"/kommune/{access.municipality_id}/bosetting/fordelinger/{list_id}"


def show_list(
    request: PageRequest,
    access: Access,
    found: OneList,
    *,
    form: AnswerForm | None = None,
    sheet: Sheet | None = None,
    question: QuestionForm | None = None,
    asked: bool = False,
    errors: Sequence[FormError] = (),
    problem: Problem | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Template:
    """Show the page of a list.

    form: what the user has typed, where that is not what the list holds. problem: why it was not taken.
    sheet: of the buttons of an approved list, where they are to send the same command as before.
    question: to IMDi, as it was typed. asked: one has just been sent.
    """
    templates = {
        ListStatus.APPROVED: "list_approved.html",
        ListStatus.ANSWERED: "list_answered.html",
        ListStatus.WITHDRAWN: "list_answered.html",
    }
    shown, state = form or AnswerForm.of(found), found.state
    user_id = request.user.user_id if request.user else ""
    context: dict[str, Any] = {
        "found": found,
        "list": state,
        "households": list_view.households(found),
        "homes": list_view.homes(found, today(request.app.state.parts.clock.now())),
        "form": shown,
        "typed": form,
        "places": list_view.places(found, shown),
        "differences": list_view.differences(found, shown) if problem and form else {},
        "split_differences": list_view.split_differences(found, shown) if problem and form else {},
        "who_last": list_history.who_last,
        "history": list_history.of(found),
        "meanwhile": list_history.meanwhile(found, user_id, version_of(request.query_params, "fra")),
        "i_approved": state.approved is not None and state.approved.user_id == user_id,
        "errors": errors,
        "error_texts": {error.field: error.text for error in errors},
        "problem": problem,
        "timeline": list_view.timeline(found),
        "path": list_path(access, state.list_id),
        "sheet": sheet or Sheet.new(found.version),
        "look_at": wording.to_look_at(found.present),
        "reasons": choices(DeclineReason),
        "split_reasons": choices(SplitReason),
        "last_saved": None if state.changed is None or state.changed.user_id == list_view.IMDI else state.changed,
        "saved": request.query_params.get("lagret") == "1",
        "question": question or QuestionForm(),
        "asked": asked or request.query_params.get("spurt") == "1",
        "threads": threads_view.threads(found),
        "may_ask": threads_view.may_ask(found) and access.can_write,
    }
    template = templates.get(state.status, "list_answer.html")
    return page(request, template, status=status, access=access, headers=headers, **context)
