"""From a command to the page that shows what became of it; also the page that waits for one."""

from __future__ import annotations

import re
from typing import Final

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.codes import ListStatus
from gateway.auth.guards import access_of
from gateway.auth.users import Access
from gateway.commands.bounds import BusyError
from gateway.commands.desk import Command, Kind, Sent
from gateway.commands.outcomes import Outcome
from gateway.commands.problems import Problem, describe
from gateway.commands.publisher import BrokerUnavailableError
from gateway.commands.report_problems import describe_report
from gateway.language import _
from gateway.pages import list_view, settlement_pages
from gateway.pages.answer_form import AnswerForm, Sheet
from gateway.pages.choice_form import ChoiceForm
from gateway.pages.choice_pages import choices_path, show_choices
from gateway.pages.languages import only_language
from gateway.pages.list_pages import list_path, show_list, the_list
from gateway.pages.question_form import QuestionForm
from gateway.pages.render import PageRequest, page
from gateway.pages.report_pages import after_report, show_unsaved_report
from gateway.pages.resolution_form import ResolutionForm
from gateway.pages.resolution_pages import resolution_path, saved_path, show_resolution, year_of
from gateway.pages.settlement_pages import Told
from gateway.pages.typed import RETRY, typed_of
from gateway.parts import Parts

SEE_OTHER: Final = 303
CONFLICT = 409
UNPROCESSABLE = 422
UNAVAILABLE = 503
COMMAND_ID = re.compile(r"[0-9a-f-]{36}")
ANSWERABLE = frozenset({ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT})
OWN_FORMS = frozenset({Kind.RESOLVE, Kind.CHOOSE_NOTICES})
LOOK_SECONDS = 1.0
"""How long the waiting page itself waits before it is shown again: it comes back by itself."""


async def submit(
    request: PageRequest, parts: Parts, access: Access, command: Command, sheet: Sheet
) -> Template | Redirect:
    """Send it, wait for it within bounds, and go on to the page that shows it. ``sheet``: of the form it is from."""
    sent = Sent(command.command_id, command.kind, command.subject, command.form)
    if only_language(request):
        return await _show_unsent(request, parts, sent, sheet, Told())
    try:
        outcome = await parts.desk.submit(command)
    except BrokerUnavailableError:
        return await _show_unsent(request, parts, sent, sheet, _not_now(_unreachable()))
    except BusyError:
        return await _show_unsent(request, parts, sent, sheet, _not_now(_busy()))
    return await _after(request, parts, access, sent, outcome)


@get("/kommando/{wanted:str}", include_in_schema=False)
async def checking(request: PageRequest, parts: NamedDependency[Parts], wanted: FromPath[str]) -> Template | Redirect:
    """Says that the outcome is not known yet, and goes on by itself once it is."""
    access, user = access_of(request), request.user
    assert user is not None
    known = COMMAND_ID.fullmatch(wanted)
    sent = await parts.desk.find(access.municipality_id, user.user_id, wanted) if known else None
    if sent is None:
        raise NotFoundException
    outcome = await parts.desk.follow(access.municipality_id, user.user_id, sent, LOOK_SECONDS)
    if outcome is None:
        return page(request, "checking.html", access=access, sent=sent, back=_back(access, sent))
    return await _after(request, parts, access, sent, outcome)


async def _after(
    request: PageRequest, parts: Parts, access: Access, sent: Sent, outcome: Outcome | None
) -> Template | Redirect:
    if outcome is None:
        return Redirect(f"/kommune/{access.municipality_id}/kommando/{sent.command_id}", status_code=SEE_OTHER)
    if outcome.accepted and sent.kind is Kind.ASK:
        return await _asked(request, parts, access, sent)
    if outcome.accepted:
        return Redirect(_next(access, sent, outcome.version or 0), status_code=SEE_OTHER)
    await parts.desk.catch_up(access.municipality_id, sent, outcome)
    words = describe_report(outcome) if sent.kind.of_report else describe(outcome, sent.kind.value)
    return await _refused(request, parts, access, sent, words)


async def _asked(request: PageRequest, parts: Parts, access: Access, sent: Sent) -> Template | Redirect:
    """Show the question where it stands now. What was filled in of the answer, and is not saved, stays in the form."""
    found = await the_list(parts, access, sent.subject)
    form = _answer_form(sent)
    form = form.for_present(found) if form and found.state.status in ANSWERABLE else None
    if form and (list_view.differences(found, form) or form.message != found.state.message):
        return show_list(request, access, found, form=form, asked=True)
    return Redirect(f"{list_path(access, sent.subject)}?spurt=1#sporsmal-og-svar", status_code=SEE_OTHER)


def _answer_form(sent: Sent, form_id: str | None = None) -> AnswerForm | None:
    """Restore what was filled in of the answer, from whichever of its page's forms it was sent."""
    stored = (sent.form or {}).get("answer") if sent.kind is Kind.ASK else sent.form
    return AnswerForm.kept(stored, form_id) if stored else None


def _question(sent: Sent) -> QuestionForm | None:
    return QuestionForm.kept(sent.form["question"]) if sent.kind is Kind.ASK and sent.form else None


def _unreachable() -> Problem:
    return Problem(
        _("Vi får ikke sendt det akkurat nå"),
        _("Systemet svarer ikke. Det du har fylt ut, står fortsatt i skjemaet. Vent litt og prøv igjen."),
    )


def _busy() -> Problem:
    return Problem(
        _("Det er for mye på én gang akkurat nå"),
        _(
            "Vi tar ikke imot mer før det som venter, er behandlet. Det du har fylt ut, står fortsatt i skjemaet. "
            "Vent litt og prøv igjen."
        ),
    )


def _not_now(problem: Problem) -> Told:
    return Told(problem=problem, status=UNAVAILABLE, headers=RETRY)


async def _show_unsent(request: PageRequest, parts: Parts, sent: Sent, sheet: Sheet, told: Told) -> Template | Redirect:
    """Show the form as it was sent, on the same sheet: the broker may have it all the same, and then knows a repeat."""
    access, problem, status = access_of(request), told.problem, told.status
    if sent.kind is Kind.READ_NOTICES:
        if problem is None:
            return Redirect(_back(access, sent), status_code=SEE_OTHER)
        return _notices_problem(request, access, sent, problem, status)
    if sent.kind in settlement_pages.KINDS:
        return await settlement_pages.show_again(request, parts, sent, told, sheet=sheet)
    if sent.kind.of_report:
        return await show_unsaved_report(request, parts, sent, problem, status=status, form_id=sheet.form_id)
    if sent.kind in OWN_FORMS:
        return await _own_form(request, parts, sent, told, sheet.form_id)
    found = await the_list(parts, access, sent.subject)
    form = _answer_form(sent, sheet.form_id)
    return show_list(
        request,
        access,
        found,
        form=form.for_present(found) if form else None,
        sheet=sheet,
        question=_question(sent),
        problem=problem,
        status=status,
        headers=told.headers,
    )


async def _refused(request: PageRequest, parts: Parts, access: Access, sent: Sent, problem: Problem) -> Template:
    """Show the page of before with what was typed, on the list as it stands now: sending it again is a choice."""
    if sent.kind is Kind.READ_NOTICES:
        return _notices_problem(request, access, sent, problem, CONFLICT)
    if sent.kind in settlement_pages.KINDS:
        return await settlement_pages.show_again(request, parts, sent, Told(problem=problem, status=CONFLICT))
    if sent.kind.of_report:
        return await show_unsaved_report(request, parts, sent, problem, status=CONFLICT)
    if sent.kind in OWN_FORMS:
        return await _own_form(request, parts, sent, Told(problem=problem, status=CONFLICT), None)
    found = await the_list(parts, access, sent.subject)
    form = _answer_form(sent)
    return show_list(
        request,
        access,
        found,
        form=form.on(found) if form else None,
        question=_question(sent),
        problem=problem,
        status=CONFLICT,
    )


async def _own_form(request: PageRequest, parts: Parts, sent: Sent, told: Told, form_id: str | None) -> Template:
    """Show a form that has a page of its own as it was typed; without its id as one that is sent anew."""
    access, form = access_of(request), sent.form or {}
    if sent.kind is Kind.CHOOSE_NOTICES:
        chosen = ChoiceForm.kept(form, form_id)
        return await show_choices(
            request, parts, access, chosen, problem=told.problem, status=told.status, headers=told.headers
        )
    typed, anew = ResolutionForm.kept(form, form_id), form_id is None
    return await show_resolution(
        request, parts, access, typed, problem=told.problem, status=told.status, headers=told.headers, anew=anew
    )


def _notices_problem(request: PageRequest, access: Access, sent: Sent, problem: Problem, status: int) -> Template:
    unsent = status == UNAVAILABLE
    return page(
        request,
        "problem.html",
        status=status,
        access=access,
        headers=RETRY if unsent else None,
        problem=problem,
        back=_back(access, sent),
        typed=typed_of(request) if unsent else None,
    )


def _back(access: Access, sent: Sent) -> str:
    if sent.kind is Kind.READ_NOTICES:
        return f"/kommune/{access.municipality_id}/arbeidsflate"
    if sent.kind.of_report:
        return after_report(access, sent, saved=False)
    if sent.kind is Kind.CHOOSE_NOTICES:
        return choices_path(access)
    if sent.kind is Kind.RESOLVE:
        return resolution_path(access, year_of(sent.subject))
    if sent.kind in settlement_pages.KINDS:
        return settlement_pages.back_of(access, sent)
    return list_path(access, sent.subject)


def _next(access: Access, sent: Sent, version: int) -> str:
    """Where an accepted command leads. ``version``: of what it is about, after it."""
    if sent.kind.of_report:
        return after_report(access, sent)
    if sent.kind is Kind.CHOOSE_NOTICES:
        return f"{choices_path(access)}?lagret=1"
    if sent.kind is Kind.RESOLVE:
        return saved_path(access, year_of(sent.subject))
    if sent.kind in settlement_pages.KINDS:
        return settlement_pages.next_of(access, sent)
    if sent.kind is Kind.SAVE:
        seen = int((sent.form or {}).get("version", 0))
        # Others may have saved since the form was filled from the list: the page tells what.
        return _back(access, sent) + (f"?lagret=1&fra={seen}" if seen < version - 1 else "?lagret=1")
    return _back(access, sent) + ("/kvittering" if sent.kind is Kind.SEND else "")
