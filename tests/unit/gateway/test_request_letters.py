"""The letter of a year's request: linked where the request is, read by the municipality it is for, in the API too."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.codes import DispatchStatus, LetterKind, LetterLanguage, Role
from contracts.letters.v1 import Dispatch, DispatchStep, Document, LetterState
from gateway.auth.users import Access
from gateway.pages.letter_store import LetterUnavailableError
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeLetters, FakeReader
from tests.unit.gateway.samples import NOW, OSLO, READER, user
from tests.unit.gateway.test_agreements import year

PAGE = f"/kommune/{OSLO}/vedtak"
FIRST, CHANGED = (f"3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c0{n}" for n in (1, 2))
OF_API = f"/municipalities/{OSLO}/years/2027/letters"


def letter(letter_id: str = FIRST, *, made: bool = True, **changes: Any) -> LetterState:
    document = Document(object_key=f"letters/{letter_id}.pdf", sha256="0" * 64, size=52_000, created_at=NOW)
    state = LetterState(
        letter_id=letter_id,
        municipality_id=OSLO,
        list_id="ANM-2027-0301",
        kind=LetterKind.REQUEST,
        language=LetterLanguage.BOKMAAL,
        planned_at=NOW,
        document=document if made else None,
        dated=date(2026, 11, 15),
        year=2027,
    )
    return state.model_copy(update=changes)


def filled(reader: Any, *letters: LetterState) -> Any:
    reader.years = {2027: year()}
    reader.letters = {one.letter_id: one for one in letters or (letter(),)}
    return reader


def desktop(*letters: LetterState, **parts: Any) -> Desktop:
    return Desktop(parts.pop("user", user(READER)), filled(FakeReader(), *letters), **parts)


def test_the_letter_is_linked_where_the_request_is() -> None:
    """By its day, with where it is; a changed request has another one; one that is not made yet is no link."""
    sent = Dispatch(
        status=DispatchStatus.READ,
        reference="x",
        handed_over_at=NOW,
        history=[DispatchStep(status=DispatchStatus.READ, at=NOW)],
    )
    text = desktop(letter(dispatch=sent), letter(CHANGED, dated=date(2026, 11, 20), made=False)).get(PAGE).text
    assert f'href="{PAGE}/2027/brev/{FIRST}.pdf">Anmodningsbrev 15.11.2026</a>' in text
    assert "51 kB, bokmål" in text
    assert "Lest" in text
    assert "Anmodningsbrev 20.11.2026 <span" in text
    assert f"brev/{CHANGED}" not in text
    without = Desktop(user(READER), FakeReader(years={2027: year()})).get(PAGE).text
    assert "Brev fra IMDi" not in without


def test_the_letter_is_read_by_whom_it_is_for() -> None:
    """The PDF, not stored on the way; another year, another letter or municipality, or one not made: not found."""
    found = desktop()
    answer = found.get(f"{PAGE}/2027/brev/{FIRST}.pdf")
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"%PDF", "no-store")
    assert answer.headers["content-disposition"] == 'inline; filename="ANM-2027-0301-anmodning.pdf"'
    assert found.looks.written == []  # it names nobody
    for path in (f"2026/brev/{FIRST}.pdf", f"2027/brev/{CHANGED}.pdf", f"2027/brev/{FIRST}", "1999/brev/x.pdf"):
        assert found.get(f"{PAGE}/{path}").status_code == 404
    assert desktop(letter(made=False)).get(f"{PAGE}/2027/brev/{FIRST}.pdf").status_code == 404
    theirs = desktop(user=user(Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER)))
    assert theirs.get(f"{PAGE}/2027/brev/{FIRST}.pdf").status_code == 404


def test_a_client_reads_it_too() -> None:
    """Listed with its year, and as PDF; what is not there is not found."""
    found = Api(reader=filled(ApiReader(), letter(), letter(CHANGED, made=False)))
    made, waiting = found.get(OF_API).json()["items"]
    assert (made["kind"], made["pdf"], waiting["pdf"]) == ("request", f"/api/v1{OF_API}/{FIRST}/pdf", None)
    answer = found.get(made["pdf"].removeprefix("/api/v1"))
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    for path in (f"{OF_API}/{CHANGED}/pdf", f"{OF_API}/x/pdf", OF_API.replace("2027", "1999")):
        assert found.get(path).status_code == 404
    assert found.get(OF_API.replace("2027", "2028")).json() == {"items": []}


@pytest.mark.parametrize("api", [False, True])
def test_the_stores_trouble_is_said(api: bool) -> None:
    """503, and the way back to the request."""

    class Broken(FakeLetters):
        async def read(self, _document: Any) -> bytes:
            raise LetterUnavailableError

    if api:
        assert Api(reader=filled(ApiReader()), letters=Broken()).get(f"{OF_API}/{FIRST}/pdf").status_code == 503
    else:
        answer = desktop(letters=Broken()).get(f"{PAGE}/2027/brev/{FIRST}.pdf")
        assert (answer.status_code, f'href="{PAGE}#ar-2027"' in answer.text) == (503, True)
