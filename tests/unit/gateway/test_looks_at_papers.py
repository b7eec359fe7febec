"""What names persons beside their folders, letters, the archive's package and a search: a row each, or nothing."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest

from contracts.codes import LetterKind, PersonStatus, WithdrawalReason
from contracts.distribution.v1 import Withdrawal
from contracts.letters.v1 import LetterState
from gateway.folders.looks import Channel, Part, Purpose
from gateway.folders.papers import NAMING, named_in
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.api_fakes import READER_TOKEN, Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeLooks, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, READER, WRITER, person, user
from tests.unit.gateway.test_archive import Store, answered

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger"
OF = f"/municipalities/{OSLO}"
DUF = "202612345678"
DECISION, TO_ONE, _, ANSWER, WITHDRAWAL, CORRECTED = range(6)


def kept(store: Store) -> OneList:
    """Give an answered list whose letters tell whom they are about; the corrected decision: the second alone."""
    found = answered(store)
    about = {DECISION: [1, 2], TO_ONE: [1], WITHDRAWAL: [1], CORRECTED: [2]}
    letters = [one.model_copy(update={"persons": about.get(n, [])}) for n, one in enumerate(found.letters)]
    return replace(found, letters=tuple(letters))


@dataclass
class World:
    """One list with its letters, and somebody placed, as pages and the API have it."""

    found: OneList
    store: Store
    looks: FakeLooks

    def filled(self, reader: Any) -> Any:
        reader.lists[LIST] = self.found
        reader.letters |= {one.letter_id: one for one in self.found.letters}
        reader.placed.append((person(2, status=PersonStatus.PLACED, placed_on=NOW.date()), DUF))
        return reader

    @property
    def pages(self) -> Desktop:
        reader = self.filled(FakeReader())
        return Desktop(user(READER), reader, letters=self.store, looks=self.looks)  # type: ignore[arg-type]

    @property
    def api(self) -> Api:
        return Api(reader=self.filled(ApiReader()), letters=self.store, looks=self.looks)  # type: ignore[arg-type]

    def rows(self) -> list[tuple[int, Part, Channel]]:
        assert {(wanted.municipality_id, wanted.list_id) for _, wanted, _ in self.looks.written} <= {(OSLO, LIST)}
        assert {refusal for *_, refusal in self.looks.written} <= {None}
        assert {wanted.purpose for _, wanted, _ in self.looks.written} <= {Purpose.SETTLEMENT}
        return [(wanted.running_number, wanted.part, viewer.channel) for viewer, wanted, _ in self.looks.written]


@pytest.fixture
def world() -> World:
    store = Store()
    return World(kept(store), store, FakeLooks())


def letter_by_page(world: World, letter: LetterState) -> Any:
    return world.pages.get(f"{PAGE}/{LIST}/brev/{letter.letter_id}.pdf")


def letter_by_api(world: World, letter: LetterState) -> Any:
    return world.api.get(f"{OF}/distribution-lists/{LIST}/letters/{letter.letter_id}/pdf", bearer=READER_TOKEN)


LETTERS = pytest.mark.parametrize(
    ("ask", "channel"), [(letter_by_page, Channel.PAGE), (letter_by_api, Channel.API)], ids=["page", "api"]
)


@LETTERS
def test_a_letter_that_names_persons_leaves_a_row_for_each(
    world: World, ask: Callable[[World, LetterState], Any], channel: Channel
) -> None:
    """The decision both, the letter to a person that person, the corrected one who is left; the others nobody."""
    for number, named in {DECISION: [1, 2], TO_ONE: [1], CORRECTED: [2], ANSWER: [], WITHDRAWAL: []}.items():
        world.looks.written.clear()
        assert ask(world, world.found.letters[number]).status_code == 200
        assert world.rows() == [(one, Part.LETTER, channel) for one in named]


@LETTERS
def test_a_letter_is_not_given_without_its_row(
    world: World, ask: Callable[[World, LetterState], Any], channel: Channel
) -> None:
    """503, and no byte of it; one that names nobody is given."""
    del channel
    world.looks.broken = True
    for number in (DECISION, TO_ONE, CORRECTED):
        answer = ask(world, world.found.letters[number])
        assert (answer.status_code, b"%PDF" in answer.content) == (503, False)
    assert ask(world, world.found.letters[ANSWER]).content.startswith(b"%PDF")


def archive_by_page(world: World) -> Any:
    return world.pages.get(f"{PAGE}/{LIST}/arkiv.zip")


def archive_by_api(world: World) -> Any:
    return world.api.get(f"{OF}/distribution-lists/{LIST}/archive", bearer=READER_TOKEN)


@pytest.mark.parametrize(("ask", "channel"), [(archive_by_page, Channel.PAGE), (archive_by_api, Channel.API)])
def test_a_package_leaves_a_row_for_each_whom_its_papers_name(
    world: World, ask: Callable[[World], Any], channel: Channel
) -> None:
    """Once each, also one taken back whom the first decision still names; without the rows there is no package."""
    gone = person(1, withdrawn=Withdrawal(at=NOW, reason=WithdrawalReason.OTHER))
    world.found = replace(world.found, persons=(gone, person(2)))
    answer = ask(world)
    assert answer.status_code == 200
    assert any("vedtak" in name for name in zipfile.ZipFile(BytesIO(answer.content)).namelist())
    assert world.rows() == [(1, Part.ARCHIVE, channel), (2, Part.ARCHIVE, channel)]
    world.looks.broken = True
    answer = ask(world)
    assert (answer.status_code, answer.content[:2] == b"PK") == (503, False)


def test_where_there_is_no_package_nobody_is_written_down(world: World) -> None:
    """Nothing was given, and nothing is said to have been."""
    world.found = replace(world.found, letters=())
    assert [archive_by_page(world).status_code, archive_by_api(world).status_code] == [404, 404]
    assert world.rows() == []


def search_by_page(world: World, number: str) -> Any:
    return world.pages.post(f"{PAGE}/sok", {"sok": number, "handling": "vis"})


def search_by_api(world: World, number: str) -> Any:
    return world.api.call("POST", f"{OF}/persons/search", bearer=READER_TOKEN, json={"duf_number": number})


@pytest.mark.parametrize(("ask", "channel"), [(search_by_page, Channel.PAGE), (search_by_api, Channel.API)])
def test_a_hit_by_number_is_written_down_first(
    world: World, ask: Callable[[World, str], Any], channel: Channel
) -> None:
    """Who is found has a row; where nobody is, there is nobody to write down; without the row nobody is told."""
    assert ask(world, "202699999999").status_code == 200
    assert world.rows() == []
    assert LIST in ask(world, DUF).text
    assert world.rows() == [(2, Part.SEARCH, channel)]
    world.looks.broken = True
    answer = ask(world, DUF)
    assert (answer.status_code, LIST in answer.text, DUF in answer.text) == (503, False, False)


def test_whom_each_kind_of_letter_names_is_known() -> None:
    """A kind that is new has to be decided on here: whether its PDF tells who somebody is."""
    assert {*LetterKind} - NAMING == {LetterKind.REQUEST, LetterKind.ANSWER, LetterKind.WITHDRAWAL}
    of_old = answered(Store()).letters[TO_ONE]
    assert (of_old.persons, named_in(of_old)) == ([], {1})


def test_the_viewer_is_named(world: World) -> None:
    """By pseudonym and role, as with a folder."""
    Desktop(user(WRITER), world.filled(FakeReader()), letters=world.store, looks=world.looks).get(  # type: ignore[arg-type]
        f"{PAGE}/{LIST}/brev/{world.found.letters[TO_ONE].letter_id}.pdf"
    )
    [(viewer, _, _)] = world.looks.written
    assert (viewer.user_id, viewer.role) == ("u-1", WRITER.role)
