"""Letters, as PDF, and a list's package for the archive."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template

from contracts.codes import LetterKind
from contracts.letters.v1 import LetterState
from gateway.archive.package import ZIP, package
from gateway.auth.guards import access_of
from gateway.commands.problems import Problem
from gateway.folders.looks import Part
from gateway.folders.papers import write_down
from gateway.language import _
from gateway.pages.folders import viewer_of
from gateway.pages.letter_store import LetterUnavailableError
from gateway.pages.list_pages import LIST_ID, list_path, the_list
from gateway.pages.render import PageRequest, page
from gateway.pages.resolution_pages import agreements_path
from gateway.pages.submitting import COMMAND_ID, UNAVAILABLE
from gateway.parts import Parts
from gateway.readmodel.agreements import find_request_letter
from gateway.readmodel.one_list import find_letter

SUFFIX = ".pdf"
FILE_NAMES = {
    LetterKind.PLACEMENT_DECISION: "vedtak",
    LetterKind.LETTER_TO_PERSON: "brev",
    LetterKind.REQUEST: "anmodning",
    LetterKind.WITHDRAWAL: "trekk",
    LetterKind.CORRECTED_DECISION: "endret-vedtak",
    LetterKind.ANSWER: "svar",
}


@get("/bosetting/fordelinger/{list_id:str}/arkiv.zip", include_in_schema=False)
async def archive(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str]
) -> Response[bytes] | Template:
    """Give the answer, the letters and ``arkivmelding.xml`` as one zip file. Whom they name is written down first."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    await write_down(parts.looks, viewer_of(request), found.papers, Part.ARCHIVE)
    try:
        content = await package(found, _("%(name)s kommune") % {"name": access.name}, parts.letters)
    except LetterUnavailableError:
        return _unavailable(request, list_path(access, list_id))
    if content is None:
        raise NotFoundException
    headers = {"content-disposition": f'attachment; filename="{list_id}-arkiv.zip"', "cache-control": "no-store"}
    return Response(content, media_type=ZIP, headers=headers)


@get("/bosetting/fordelinger/{list_id:str}/brev/{name:str}", include_in_schema=False)
async def letter(
    request: PageRequest, parts: NamedDependency[Parts], list_id: FromPath[str], name: FromPath[str]
) -> Response[bytes] | Template:
    """One letter of a list, checked against its hash. That it was opened is written down first, for whom it names."""
    access = access_of(request)
    letter_id = name.removesuffix(SUFFIX)
    if not (name.endswith(SUFFIX) and COMMAND_ID.fullmatch(letter_id) and LIST_ID.fullmatch(list_id)):
        raise NotFoundException
    found = await find_letter(parts.reader, access.municipality_id, list_id, letter_id)
    if found is None or found.document is None:
        raise NotFoundException
    return await _given(request, parts, found, back=list_path(access, list_id))


@get("/vedtak/{year:int}/brev/{name:str}", include_in_schema=False)
async def request_letter(
    request: PageRequest, parts: NamedDependency[Parts], year: FromPath[int], name: FromPath[str]
) -> Response[bytes] | Template:
    """IMDi's letter of a year's request (anmodningsbrev), checked against its hash."""
    access = access_of(request)
    if not name.endswith(SUFFIX):
        raise NotFoundException
    found = await find_request_letter(parts.reader, access.municipality_id, year, name.removesuffix(SUFFIX))
    if found is None:
        raise NotFoundException
    return await _given(request, parts, found, back=f"{agreements_path(access)}#ar-{year}")


async def _given(request: PageRequest, parts: Parts, letter: LetterState, *, back: str) -> Response[bytes] | Template:
    """Give a letter's PDF. That it was opened is written down first, for whom it names."""
    assert letter.document is not None, "it is made"
    await write_down(parts.looks, viewer_of(request), [letter], Part.LETTER)
    try:
        content = await parts.letters.read(letter.document)
    except LetterUnavailableError:
        return _unavailable(request, back)
    person = f"-person-{letter.running_number}" if letter.running_number else f"-{FILE_NAMES[letter.kind]}"
    headers = {"content-disposition": f'inline; filename="{letter.list_id}{person}.pdf"', "cache-control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _unavailable(request: PageRequest, back: str) -> Template:
    access = access_of(request)
    problem = Problem(_("Brevet kan ikke hentes nå"), _("Vi ser på det. Prøv igjen om litt."))
    return page(request, "problem.html", status=UNAVAILABLE, access=access, problem=problem, back=back, typed=None)
