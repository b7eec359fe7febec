"""The package by which a municipality archives a list."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from contracts.codes import LetterFailure, LetterKind, LetterLanguage, ListStatus, WithdrawalReason
from contracts.distribution.v1 import Withdrawal
from contracts.letters.v1 import Document, LetterState
from gateway.archive.package import package
from gateway.pages.letter_store import LetterUnavailableError
from gateway.readmodel.one_list import OneList
from tests.arkivmelding import NAMESPACE, breaches
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, person, user
from tests.unit.gateway.test_api_doors import ONE, api

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
KINDS = (
    (LetterKind.PLACEMENT_DECISION, None),
    (LetterKind.LETTER_TO_PERSON, 1),
    (LetterKind.LETTER_TO_PERSON, 2),
    (LetterKind.ANSWER, None),
    (LetterKind.WITHDRAWAL, None),
    (LetterKind.CORRECTED_DECISION, None),
)


@dataclass
class Store:
    """PDFs by object key; one that is not there cannot be read."""

    objects: dict[str, bytes] = field(default_factory=dict)

    async def read(self, document: Document) -> bytes:
        if document.object_key not in self.objects:
            raise LetterUnavailableError
        return self.objects[document.object_key]


def letters(store: Store) -> tuple[LetterState, ...]:
    """Put one of each kind into the store."""
    made = []
    for number, (kind, whose) in enumerate(KINDS, start=1):
        content = f"%PDF of {kind} {whose}".encode()
        key, digest = f"letters/{number}.pdf", hashlib.sha256(content).hexdigest()
        store.objects[key] = content
        at = NOW + timedelta(minutes=number)
        made.append(
            LetterState(
                letter_id=f"3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c{number:02}",
                municipality_id=OSLO,
                list_id=LIST,
                running_number=whose,
                kind=kind,
                language=LetterLanguage.BOKMAAL,
                planned_at=at,
                document=Document(object_key=key, sha256=digest, size=len(content), created_at=at),
                dated=date(2026, 11, 24),
            )
        )
    return tuple(made)


def answered(store: Store, **changes: Any) -> OneList:
    found = one_list(person(1), person(2), status=ListStatus.ANSWERED, answered=act(), **changes)
    return replace(found, letters=letters(store))


async def opened(found: OneList, store: Store) -> zipfile.ZipFile:
    content = await package(found, "Oslo kommune", store)  # type: ignore[arg-type]
    assert content is not None
    return zipfile.ZipFile(io.BytesIO(content))


async def test_the_package_holds_the_answer_the_letters_and_what_they_are() -> None:
    """It opens, its sums are right, and its message names every file once and breaks no rule of its schema."""
    store = Store()
    archive = await opened(answered(store), store)
    assert archive.testzip() is None
    files = [name for name in archive.namelist() if name.startswith("dokumenter/")]
    assert [name.removeprefix("dokumenter/") for name in files] == [
        "001-svar.pdf",
        "002-vedtak-om-bosetting.pdf",
        "003-brev-til-person-1.pdf",
        "004-brev-til-person-2.pdf",
        "005-melding-om-trekk.pdf",
        "006-endret-vedtak.pdf",
    ]
    sums = dict(reversed(line.split("  ")) for line in archive.read("sjekksummer.sha256").decode().splitlines())
    assert sums == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in files}
    message = archive.read("arkivmelding.xml")
    assert breaches(message) == []
    root = ET.fromstring(message)
    named = [node.text for node in root.iter(f"{NAMESPACE}referanseDokumentfil")]
    assert named == files
    assert root.findtext(f"{NAMESPACE}antallFiler") == str(len(files))


@pytest.mark.parametrize(
    "name",
    ['Ægir <Å> & "Ø" ]]> &amp;', "漢字 😀 a\u0301 \u202e", "x" * 10_000, "A\x0bB\x00C\ud800D\ufffeE", " \t\n"],
    ids=["markup", "scripts", "long", "not XML", "blank"],
)
async def test_whoever_answered_the_message_keeps_to_its_schema(name: str) -> None:
    """Markup is text, and what XML has no place for is shown as U+FFFD; late, with persons withdrawn since, too."""
    store, gone = Store(), Withdrawal(at=NOW, reason=WithdrawalReason.OTHER)
    plain = answered(store, late=True)
    assert plain.state.answered is not None
    by = plain.state.answered.model_copy(update={"display_name": name})
    state = plain.state.model_copy(update={"answered": by})
    found = replace(plain, state=state, persons=(person(1, withdrawn=gone), person(2)))
    message = (await opened(found, store)).read("arkivmelding.xml")
    assert breaches(message) == []
    shown = ET.fromstring(message).findtext(f".//{NAMESPACE}saksansvarlig")
    assert shown == re.sub("[\x00\x0b\ud800\ufffe]", "\N{REPLACEMENT CHARACTER}", name)


async def test_a_breach_of_the_schema_is_seen() -> None:
    """The check is not blind: a code, the order, what is missing, what is unknown."""
    store = Store()
    message = (await opened(answered(store), store)).read("arkivmelding.xml")
    for old, new in (
        (b"Arkivformat", b"Papir"),
        (b"<system>Fordeling</system>", b""),
        (b"<journaldato>", b"<ukjent/><journaldato>"),
        (b"<versjonsnummer>1</versjonsnummer>", b""),
        (b"<journaldato>2026", b"<journaldato>i 2026"),
        (b"<arkivertAv>Fordeling</arkivertAv>", b""),
    ):
        assert breaches(message.replace(old, new, 1)) != [], old


async def test_the_same_papers_give_the_same_package() -> None:
    """Whoever fetches it twice has one and the same."""
    store = Store()
    found = answered(store)
    assert await package(found, "Oslo kommune", store) == await package(found, "Oslo kommune", store)  # type: ignore[arg-type]


async def test_of_a_withdrawn_person_no_letter_is_in_it() -> None:
    """As on the list's page: the person's folder is closed."""
    store, gone = Store(), Withdrawal(at=NOW, reason=WithdrawalReason.OTHER)
    found = replace(answered(store), persons=(person(1, withdrawn=gone), person(2)))
    names = (await opened(found, store)).namelist()
    assert not [name for name in names if name.endswith("person-1.pdf")]
    assert [name for name in names if name.endswith("person-2.pdf")]


async def test_journals_name_nobody() -> None:
    """Titles and parties are numbers of the list: what stands in a journal is public."""
    store = Store()
    message = (await opened(answered(store), store)).read("arkivmelding.xml").decode()
    assert f"Brev til person 1 ({LIST})" in message
    assert "Haddad" not in message
    assert message.count("Offentleglova § 13") == len(KINDS)


def served(found: OneList, store: Any) -> Desktop:
    desktop = Desktop(user(), letters=store)
    desktop.reader.lists[LIST] = found
    return desktop


def test_it_is_fetched_from_the_lists_page() -> None:
    """As a file to keep, by nobody else; where a PDF cannot be read there is none rather than half of one."""
    store = Store()
    desktop = served(answered(store), store)
    assert f'href="{PAGE}/arkiv.zip"' in desktop.get(PAGE).text
    answer = desktop.get(f"{PAGE}/arkiv.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="{LIST}-arkiv.zip"'
    assert answer.headers["cache-control"] == "no-store"
    store.objects.clear()
    assert desktop.get(f"{PAGE}/arkiv.zip").status_code == 503


def test_where_no_paper_is_made_there_is_no_package() -> None:
    """Neither the link nor the file."""
    desktop = served(one_list(status=ListStatus.ANSWERED, answered=act()), Store())
    assert "arkiv.zip" not in desktop.get(PAGE).text
    assert desktop.get(f"{PAGE}/arkiv.zip").status_code == 404


def test_a_client_fetches_it_too() -> None:
    """The same file, by the API."""
    store = Store()
    found = api(letters=store)  # type: ignore[arg-type]
    found.reader.lists[LIST] = answered(store)
    answer = found.get(f"{ONE}/archive")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert "arkivmelding.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    found.reader.lists[LIST] = one_list()
    assert found.get(f"{ONE}/archive").status_code == 404


def test_the_page_names_each_kind_of_letter() -> None:
    """The kept answer is no letter, and a correction that was not needed is not shown."""
    store = Store()
    found = answered(store)
    odd = found.letters[5].model_copy(
        update={"document": None, "failure": LetterFailure.NOT_NEEDED, "letter_id": "another"}
    )
    spoken = found.letters[1].model_copy(update={"translation": "uk"})
    kept = (found.letters[0], spoken, *found.letters[2:], odd)
    text = served(replace(found, letters=kept), store).get(PAGE).text
    for words in ("Melding om trekk", "Endret vedtak om bosetting", "bokmål og ukrainsk"):
        assert words in text
    assert text.count("Endret vedtak om bosetting</a>") == 1
    assert "Ble ikke laget" not in text
    assert "Kommunens svar" not in text
