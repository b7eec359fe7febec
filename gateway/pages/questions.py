"""Asking IMDi from the page of a list. What is filled in of the answer meanwhile comes back with it, unsaved."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts import topics
from contracts.distribution.threads_v1 import AskQuestion
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.pages.answer_form import AnswerForm, Sheet, form_id_of, version_of
from gateway.pages.list_pages import show_list, the_list
from gateway.pages.question_form import QuestionForm
from gateway.pages.render import PageRequest
from gateway.pages.submitting import ANSWERABLE, UNPROCESSABLE, submit
from gateway.parts import Parts

FROM_LIST = {FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger/{list_id}"}
MARKS = "svarskjema"
"""A field of the form that decides on persons: without it, the page was one that only asks."""


@post("/bosetting/fordelinger/{list_id:str}/sporsmal", status_code=200, include_in_schema=False, opt=FROM_LIST)
async def ask(request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Template | Redirect:
    """Send spørsmål: at once, whatever has been filled in or saved of the answer."""
    access, data = access_of(request), dict(await request.form())
    assert request.user is not None
    found = await the_list(parts, access, list_id)
    question = QuestionForm.parse(data)
    form = AnswerForm.parse(data, found.persons) if MARKS in data else None
    if errors := question.errors(found):
        shown = form if found.state.status in ANSWERABLE else None
        return show_list(request, access, found, form=shown, question=question, errors=errors, status=UNPROCESSABLE)
    sheet = Sheet(form_id_of(data), version_of(data))
    body = AskQuestion(
        list_id=list_id,
        municipality_id=access.municipality_id,
        running_number=question.running_number,
        text=question.text,
        actor=request.user.acting_in(access),
    )
    command = Command(
        command_id=command_id(sheet.form_id, Kind.ASK, body),
        kind=Kind.ASK,
        topic=topics.DISTRIBUTION_COMMANDS.name,
        municipality_id=access.municipality_id,
        subject=list_id,
        user_id=request.user.user_id,
        body=body,
        form={"question": question.as_stored(), "answer": form.as_stored() if form else None},
    )
    return await submit(request, parts, access, command, sheet)
