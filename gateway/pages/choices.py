"""Varsler på e-post: each user's own choice of what is mailed to them, and when."""

from __future__ import annotations

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect, Template

from contracts import topics
from contracts.notification.choices import ChooseNotices
from gateway.auth.guards import FORM_PAGE, access_of
from gateway.commands.desk import Command, Kind, command_id
from gateway.pages.answer_form import Sheet
from gateway.pages.choice_form import ChoiceForm
from gateway.pages.choice_pages import show_choices, the_choices
from gateway.pages.render import PageRequest
from gateway.pages.submitting import SEE_OTHER, UNPROCESSABLE, submit
from gateway.parts import Parts

FROM_FORM = {FORM_PAGE: "/kommune/{municipality_id}/varsler/valg"}


@get("/varsler/valg", include_in_schema=False)
async def choices(
    request: PageRequest, parts: NamedDependency[Parts], saved: Annotated[str, QueryParameter(name="lagret")] = ""
) -> Template | Redirect:
    """Show the form; of a municipality that has merged, that of the one whose people answer for it."""
    access = access_of(request)
    if access.successor is not None:
        return Redirect(f"/kommune/{access.successor}/varsler/valg", status_code=SEE_OTHER)
    return await show_choices(request, parts, access, saved=saved == "1")


@post("/varsler/valg", status_code=200, include_in_schema=False, opt=FROM_FORM)
async def choose(request: PageRequest, parts: NamedDependency[Parts]) -> Template | Redirect:
    """Lagre valgene."""
    access, user = access_of(request), request.user
    assert user is not None
    form, found = ChoiceForm.parse(dict(await request.form())), await the_choices(request, parts, access)
    if errors := form.errors(found):
        return await show_choices(request, parts, access, form, found=found, errors=errors, status=UNPROCESSABLE)
    body = ChooseNotices(
        municipality_id=access.municipality_id,
        contact_id=form.contact_id,
        choices=form.choices,
        actor=user.acting_in(access),
    )
    command = Command(
        command_id=command_id(form.form_id, Kind.CHOOSE_NOTICES, body),
        kind=Kind.CHOOSE_NOTICES,
        topic=topics.NOTIFICATION_COMMANDS.name,
        municipality_id=access.municipality_id,
        subject=f"{access.municipality_id}/choices/{user.user_id}",
        user_id=user.user_id,
        body=body,
        form=form.as_stored(),
    )
    return await submit(request, parts, access, command, Sheet(form.form_id, 0))
