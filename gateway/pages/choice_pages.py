"""The page on which a user chooses how notices are to reach them, as it is opened and as it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar.response import Template

from contracts.codes import NoticeDelivery, NoticeKind
from gateway.auth.users import Access
from gateway.commands.problems import Problem
from gateway.language import _
from gateway.pages.choice_form import CONTACT, NOBODY, ChoiceForm
from gateway.pages.form_fields import FormError
from gateway.pages.labels import choices, label
from gateway.pages.notice_labels import GROUPS
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.choices import Choices, find_choices


def choices_path(access: Access) -> str:
    """Where a user's choices in a municipality are."""
    return f"/kommune/{access.municipality_id}/varsler/valg"


async def the_choices(request: PageRequest, parts: Parts, access: Access) -> Choices:
    """Find what the user has chosen, and may choose."""
    assert request.user is not None
    return await find_choices(parts.reader, access.municipality_id, request.user.user_id)


def at_their_fields(problem: Problem) -> Sequence[FormError]:
    """Tell of each kind that was not taken how to change it; kinds of a newer release have no field here."""
    return [
        FormError(kind.value, f"{label(kind)}: {_('velg e-post med en gang eller samlet e-post')}")
        for kind in NoticeKind
        if kind.value in problem.fields
    ]


async def show_choices(
    request: PageRequest,
    parts: Parts,
    access: Access,
    form: ChoiceForm | None = None,
    *,
    found: Choices | None = None,
    errors: Sequence[FormError] = (),
    problem: Problem | None = None,
    saved: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Template:
    """Show the form: with what holds, or as it was filled in. ``problem``: why it was not taken."""
    found = found or await the_choices(request, parts, access)
    if problem is not None:
        errors = [*errors, *at_their_fields(problem)]
    return page(
        request,
        "choices.html",
        status=status,
        access=access,
        headers=headers,
        found=found,
        form=form or ChoiceForm.of(found),
        errors=errors,
        error_texts={error.field: error.text for error in errors},
        problem=problem,
        saved=saved,
        groups=GROUPS,
        choices_of_delivery=choices(NoticeDelivery),
        contact_field=CONTACT,
        nobody=NOBODY,
        path=choices_path(access),
    )
