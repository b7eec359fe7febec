"""Letters of a list: what there is, and the PDFs."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from contracts.letters.v1 import LetterState
from gateway.api.documented import GONE, documented
from gateway.api.folders import viewer_of
from gateway.api.guards import access_of
from gateway.api.letter_models import Letter, Letters
from gateway.api.problems import ProblemError
from gateway.api.reading import ROOT, ApiRequest, the_list
from gateway.archive.package import ZIP, package
from gateway.folders.looks import Part
from gateway.folders.papers import write_down
from gateway.pages.letter_store import LetterUnavailableError
from gateway.pages.list_pages import LIST_ID
from gateway.pages.submitting import COMMAND_ID
from gateway.parts import Parts
from gateway.readmodel.agreements import YEARS, find_agreement, find_request_letter
from gateway.readmodel.one_list import find_letter

PDF = "application/pdf"


@get(
    "/distribution-lists/{list_id:str}/archive",
    operation_id="getArchive",
    summary="Package for the archive",
    tags=["Letters"],
    media_type=ZIP,
    responses={
        200: ResponseSpec(bytes, description="A zip file with arkivmelding.xml.", media_type=ZIP),
        **documented(*GONE),
    },
)
async def archive(request: ApiRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Response[bytes]:
    """Give the answer, the letters, their checksums and `arkivmelding.xml` (Noark 5) as one zip file.

    Whom the papers name is written down first: a row each, with which client took them. `letters.archive-ready.v1` on
    the topic tells when all papers are made, and again when there are more.
    """
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    await write_down(parts.looks, viewer_of(request), found.papers, Part.ARCHIVE)
    try:
        content = await package(found, f"{access.name} kommune", parts.letters)
    except LetterUnavailableError:
        raise ProblemError("letter-unavailable", headers={"Retry-After": "30"}) from None
    if content is None:
        raise ProblemError("not-found")
    return Response(content, media_type=ZIP)


@get(
    "/distribution-lists/{list_id:str}/letters",
    operation_id="listLetters",
    summary="Letters",
    tags=["Letters"],
    responses=documented(*GONE),
)
async def letters(request: ApiRequest, parts: NamedDependency[Parts], list_id: FromPath[str]) -> Letters:
    """Give the letters that follow from an answer: one to the municipality, one to each placed person."""
    access = access_of(request)
    found = await the_list(parts, access, list_id)
    place = f"{ROOT}/{access.municipality_id}/distribution-lists/{found.state.list_id}/letters"
    return Letters(items=[Letter.of(letter, place, found.withdrawn) for letter in found.letters])


@get(
    "/distribution-lists/{list_id:str}/letters/{letter_id:str}/pdf",
    operation_id="getLetterPdf",
    summary="One letter as PDF",
    tags=["Letters"],
    media_type=PDF,
    responses={200: ResponseSpec(bytes, description="The PDF.", media_type=PDF), **documented(*GONE)},
)
async def pdf(
    request: ApiRequest, parts: NamedDependency[Parts], list_id: FromPath[str], letter_id: FromPath[str]
) -> Response[bytes]:
    """Give the PDF/A of one letter, checked against its record's hash. Whom it names is written down first."""
    access = access_of(request)
    if not (COMMAND_ID.fullmatch(letter_id) and LIST_ID.fullmatch(list_id)):
        raise ProblemError("not-found")
    found = await find_letter(parts.reader, access.municipality_id, list_id, letter_id)
    if found is None or found.document is None:
        raise ProblemError("not-found")
    return await _given(request, parts, found)


@get(
    "/years/{year:int}/letters",
    operation_id="listRequestLetters",
    summary="Letters of a year's request",
    tags=["Letters"],
    responses=documented(*GONE),
)
async def request_letters(request: ApiRequest, parts: NamedDependency[Parts], year: FromPath[int]) -> Letters:
    """Give IMDi's letters of a year's request (anmodningsbrev): one for each time that it was made or changed."""
    municipality_id = access_of(request).municipality_id
    found = await find_agreement(parts.reader, municipality_id, year) if year in YEARS else None
    if found is None:
        raise ProblemError("not-found")
    place = f"{ROOT}/{municipality_id}/years/{year}/letters"
    return Letters(items=[Letter.of(letter, place) for letter in found.letters])


@get(
    "/years/{year:int}/letters/{letter_id:str}/pdf",
    operation_id="getRequestLetterPdf",
    summary="One letter of a request as PDF",
    tags=["Letters"],
    media_type=PDF,
    responses={200: ResponseSpec(bytes, description="The PDF.", media_type=PDF), **documented(*GONE)},
)
async def request_pdf(
    request: ApiRequest, parts: NamedDependency[Parts], year: FromPath[int], letter_id: FromPath[str]
) -> Response[bytes]:
    """Give the PDF/A of one letter of a request, checked against its record's hash."""
    found = await find_request_letter(parts.reader, access_of(request).municipality_id, year, letter_id)
    if found is None:
        raise ProblemError("not-found")
    return await _given(request, parts, found)


async def _given(request: ApiRequest, parts: Parts, letter: LetterState) -> Response[bytes]:
    assert letter.document is not None, "it is made"
    await write_down(parts.looks, viewer_of(request), [letter], Part.LETTER)
    try:
        content = await parts.letters.read(letter.document)
    except LetterUnavailableError:
        raise ProblemError("letter-unavailable", headers={"Retry-After": "30"}) from None
    return Response(content, media_type=PDF)
