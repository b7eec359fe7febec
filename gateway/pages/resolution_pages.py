"""The page with the form of a resolution, as it is opened and as it comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar.response import Template

from contracts.codes import PlaceKind
from gateway.auth.users import Access
from gateway.commands.problems import Problem
from gateway.pages.form_fields import FormError
from gateway.pages.format import today
from gateway.pages.render import PageRequest, page
from gateway.pages.resolution_form import FIELDS, YEARS_AHEAD, ResolutionForm
from gateway.parts import Parts
from gateway.readmodel.agreements import Agreement, find_agreement


def agreements_path(access: Access) -> str:
    """Where a municipality's requests and resolutions are."""
    return f"/kommune/{access.municipality_id}/vedtak"


def resolution_path(access: Access, year: int) -> str:
    """Where a year's resolution is registered."""
    return f"{agreements_path(access)}/{year}"


def saved_path(access: Access, year: int) -> str:
    """Where a resolution that was registered is seen."""
    return f"{agreements_path(access)}?registrert={year}#ar-{year}"


def year_of(subject: str) -> int:
    """Read the year in ``<municipality>/<year>``."""
    return int(subject.rpartition("/")[2])


def open_for_resolution(found: Agreement, this_year: int) -> bool:
    """Whether a resolution may be registered: from this year on, and for former years that something is there for."""
    return found.year <= this_year + YEARS_AHEAD and (found.year >= this_year or found.version > 0)


async def show_resolution(
    request: PageRequest,
    parts: Parts,
    access: Access,
    form: ResolutionForm | None = None,
    *,
    found: Agreement | None = None,
    errors: Sequence[FormError] = (),
    problem: Problem | None = None,
    status: int = 200,
    anew: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Template:
    """Show the form: empty or with what holds (``found``), or as it was typed.

    problem: why it was not taken. anew: what was typed is to be sent for the year as it stands now.
    """
    assert form is not None or found is not None
    if found is None and form is not None:
        found = await find_agreement(parts.reader, access.municipality_id, form.year)
    assert found is not None
    shown = form or ResolutionForm.of(found)
    if anew:
        shown = shown.on(found.version)
    asked = found.state.request if found.state else None
    return page(
        request,
        "resolution.html",
        status=status,
        access=access,
        headers=headers,
        found=found,
        form=shown,
        errors=errors,
        error_texts={error.field: error.text for error in errors},
        problem=problem,
        asked=asked,
        exceeded=shown.exceeded(asked),
        kinds=list(PlaceKind),
        fields=FIELDS,
        today=today(parts.clock.now()),
        path=resolution_path(access, found.year),
        back=agreements_path(access),
    )
