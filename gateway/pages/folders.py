"""Personmappe: who a placed person is, and behind a second step, for a stated purpose, what there is on its health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from gateway.auth.guards import FORM_PAGE, access_of
from gateway.folders.guards import PART
from gateway.folders.looks import LONGEST_PURPOSE, Channel, HealthPurpose, Part, Purpose, Viewer, Wanted
from gateway.folders.opening import ClosedError, names_a_person, open_folder
from gateway.language import _
from gateway.pages.duf_number import looks_odd
from gateway.pages.form_fields import FormError
from gateway.pages.format import today
from gateway.pages.languages import only_language
from gateway.pages.list_pages import list_path
from gateway.pages.render import PageRequest, page
from gateway.parts import Parts
from gateway.readmodel.folders import find_erased

PURPOSE, PURPOSE_TEXT = "formal", "formalstekst"
UNPROCESSABLE = 422
GONE = 410
FOLDER = "/bosetting/fordelinger/{list_id:str}/personer/{running_number:int}"
FROM_FOLDER = {
    FORM_PAGE: "/kommune/{municipality_id}/bosetting/fordelinger/{list_id}/personer/{running_number}",
    PART: Part.HEALTH,
}


@dataclass(frozen=True, slots=True)
class PurposeForm:
    """Why the health part is opened, as it was typed."""

    purpose: str = ""
    text: str = ""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read what a browser sent."""
        text = str(data.get(PURPOSE_TEXT) or "").replace("\r\n", "\n").strip()
        return cls(str(data.get(PURPOSE) or ""), text)

    @property
    def chosen(self) -> HealthPurpose | None:
        """The purpose, where it is one."""
        return HealthPurpose(self.purpose) if self.purpose in set(HealthPurpose) else None

    def errors(self) -> list[FormError]:
        """Tell what must be mended before anything is shown."""
        if self.chosen is None:
            return [FormError(PURPOSE, _("Velg hvorfor du trenger helseopplysningene"))]
        if self.chosen is HealthPurpose.OTHER and not self.text:
            return [FormError(PURPOSE_TEXT, _("Skriv hva du skal bruke helseopplysningene til"))]
        if len(self.text) > LONGEST_PURPOSE or "\x00" in self.text:
            words = _("Formålet kan ha høyst %(most)s tegn, og bare vanlige tegn") % {"most": LONGEST_PURPOSE}
            return [FormError(PURPOSE_TEXT, words)]
        return []


@get(FOLDER, include_in_schema=False, opt={PART: Part.IDENTIFIED})
async def folder(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], running_number: FromPath[int]
) -> Template:
    """Show who the person is. That it was looked at is written down first."""
    return await _show(request, parts, _identified(request, list_id, running_number))


@post(f"{FOLDER}/helse", status_code=200, include_in_schema=False, opt=FROM_FOLDER)
async def health(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], running_number: FromPath[int]
) -> Template:
    """Show the health part too, for the purpose that was stated."""
    form, wanted = PurposeForm.parse(dict(await request.form())), _identified(request, list_id, running_number)
    if only_language(request):
        return await _show(request, parts, wanted, form=form)
    if errors := form.errors():
        return await _show(request, parts, wanted, form=form, errors=errors)
    assert form.chosen is not None
    purpose = Purpose(form.chosen.value)
    wanted = replace(wanted, part=Part.HEALTH, purpose=purpose, purpose_text=form.text or None)
    return await _show(request, parts, wanted, form=form)


def folder_path(request: PageRequest, list_id: str, number: int) -> str:
    """Where a person's folder is."""
    return f"{list_path(access_of(request), list_id)}/personer/{number}"


def viewer_of(request: PageRequest) -> Viewer:
    """Tell who looks by this page."""
    access, user = access_of(request), request.user
    assert user is not None
    return Viewer(user.user_id, user.display_name, access.role, Channel.PAGE)


def _identified(request: PageRequest, list_id: str, number: int) -> Wanted:
    """Ask for the folder without its health part. Raises NotFoundException where it cannot be anybody's."""
    if not names_a_person(list_id, number):
        raise NotFoundException
    return Wanted(access_of(request).municipality_id, list_id, number, Part.IDENTIFIED, Purpose.SETTLEMENT)


async def _erased(request: PageRequest, parts: Parts, wanted: Wanted) -> Template:
    """Say that what was known of the person is erased, and what is left. Raises NotFoundException of anybody else."""
    access = access_of(request)
    person = await find_erased(parts.reader, access.municipality_id, wanted.list_id, wanted.running_number)
    if person is None:
        raise NotFoundException
    of_list = list_path(access, wanted.list_id)
    return page(request, "folder_erased.html", status=GONE, access=access, person=person, of_list=of_list)


async def _show(
    request: PageRequest,
    parts: Parts,
    wanted: Wanted,
    *,
    form: PurposeForm | None = None,
    errors: Sequence[FormError] = (),
) -> Template:
    access = access_of(request)
    try:
        found = await open_folder(parts.reader, parts.looks, viewer_of(request), wanted)
    except ClosedError:
        return await _erased(request, parts, wanted)
    return page(
        request,
        "folder.html",
        status=UNPROCESSABLE if errors else 200,
        access=access,
        folder=found.identity,
        person=found.person,
        household=found.household,
        health=wanted.part is Part.HEALTH,
        form=form or PurposeForm(),
        errors=errors,
        error_texts={error.field: error.text for error in errors},
        purposes=list(HealthPurpose),
        odd_duf_number=looks_odd(found.identity.duf_number, today(parts.clock.now())),
        path=folder_path(request, wanted.list_id, wanted.running_number),
        of_list=list_path(access, wanted.list_id),
    )
