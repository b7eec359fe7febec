"""Letters, as PDF."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from gateway.auth.guards import access_of
from gateway.commands.problems import Problem
from gateway.language import _
from gateway.pages.letter_store import LetterUnavailableError
from gateway.pages.list_pages import LIST_ID, list_path
from gateway.pages.render import PageRequest, page
from gateway.pages.submitting import COMMAND_ID, UNAVAILABLE
from gateway.parts import Parts
from gateway.readmodel.one_list import find_letter

SUFFIX = ".pdf"


@get("/bosetting/fordelinger/{list_id:str}/brev/{name:str}", include_in_schema=False)
async def letter(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], name: FromPath[str]
) -> Response[bytes] | Template:
    """One letter of a list, checked against its hash."""
    access = access_of(request)
    letter_id = name.removesuffix(SUFFIX)
    if not (name.endswith(SUFFIX) and COMMAND_ID.fullmatch(letter_id) and LIST_ID.fullmatch(list_id)):
        raise NotFoundException
    found = await find_letter(parts.reader, access.municipality_id, list_id, letter_id)
    if found is None or found.document is None:
        raise NotFoundException
    try:
        content = await parts.letters.read(found.document)
    except LetterUnavailableError:
        problem = Problem(_("Brevet kan ikke hentes nå"), _("Vi ser på det. Prøv igjen om litt."))
        back = list_path(access, list_id)
        return page(request, "problem.html", status=UNAVAILABLE, access=access, problem=problem, back=back, typed=None)
    person = f"-person-{found.running_number}" if found.running_number else "-vedtak"
    headers = {"content-disposition": f'inline; filename="{list_id}{person}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)
