"""Fordelinger as a tool: searching, one's own choice, files, printing, each as a browser gets it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
import structlog

from contracts.codes import DeclineReason, ListStatus, PersonStatus
from contracts.distribution.v1 import DraftDecision
from gateway.auth.users import User
from gateway.pages.wording import questionable
from gateway.readmodel.lists import Sort
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, READER, act, one_list, person, user

ROOT = f"/kommune/{OSLO}/bosetting"
LISTS = f"{ROOT}/fordelinger"
SEARCH = f"{LISTS}/sok"
PAGE = f"{LISTS}/{LIST}"
DUF = "202612345678"


def desktop(*more: str, **changes: Any) -> Desktop:
    lists = {name: one_list(list_id=name) for name in (LIST, *more)}
    return Desktop(user(), FakeReader(lists, **changes))


def test_the_filter_goes_into_the_address() -> None:
    """One form, one address: what was left empty is not in it, and it comes back filled in."""
    found = desktop()
    form = {"sok": " fl-2026 ", "status": "open", "ar": "2026", "frist": "7", "fra": "", "til": "", "sorter": "frist"}
    answer = found.post(SEARCH, form)
    assert (answer.status_code, answer.headers["location"]) == (
        303, f"{LISTS}?sok=FL-2026&status=open&ar=2026&frist=7&sorter=frist",
    )  # fmt: skip
    text = found.get(answer.headers["location"]).text
    for chosen in ('value="FL-2026"', '"open" selected', "selected>2026", '"7" selected', '"frist" selected'):
        assert chosen in text
    asked = found.reader.lists_asked[-1]
    assert asked == asked | {
        "order": (Sort.DEADLINE, False), "status": "open", "year": 2026, "number": "FL-2026",
        "due_from": date(2026, 11, 24), "due_to": date(2026, 12, 1), "awaiting": True,
    }  # fmt: skip


def test_any_number_of_days_may_stand_in_the_address() -> None:
    """It is offered as a choice of its own then."""
    assert '"30" selected>Innen 30 dager' in desktop().get(f"{LISTS}?frist=30").text


@pytest.mark.parametrize("typed", [DUF, "2026 123456 78", "DUF 2026-123456-78"])
def test_a_placed_person_is_found_and_the_number_stays_nowhere(typed: str) -> None:
    """The answer is the page itself: no address, log or field of it has the number."""
    placed = person(2, status=PersonStatus.PLACED, placed_on=date(2026, 11, 24))
    found = desktop(placed=[(placed, DUF)])
    with structlog.testing.capture_logs() as logs:
        answer = found.post(SEARCH, {"sok": typed, "handling": "vis"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert f'href="{PAGE}#person-2">Person 2 på {LIST}</a>' in answer.text
    for number in (typed, DUF, "123456"):
        assert number not in answer.text + str(logs) + str(answer.headers)
    assert logs[0] | {"event": "placed_person_searched", "hits": 1, "user_id": "u-1"} == logs[0]
    assert 'id="person-2"' in Desktop(user(), FakeReader({LIST: one_list(status=ListStatus.ANSWERED)})).get(PAGE).text


def test_who_is_not_placed_here_is_not_found() -> None:
    """Nobody is told whether the person is somewhere else; the page says whom one can find, and why."""
    elsewhere = person(2, status=PersonStatus.PLACED, municipality_id="k-4601")
    theirs, nobodys = (desktop(placed=kept).post(SEARCH, {"sok": DUF}).text for kept in ([(elsewhere, DUF)], []))
    assert "Ingen som er søkt ut til kommunen, har dette DUF-nummeret" in theirs
    assert _without_token(theirs) == _without_token(nobodys)


@pytest.mark.parametrize(
    ("typed", "words"), [("01819012345", "Fødselsnummer kan dere ikke søke på"), ("FL_2026", "bare bokstaver fra A")]
)
def test_what_cannot_be_searched_by_is_told(typed: str, words: str) -> None:
    """422, a summary that leads to the field, and a person's number is not shown again."""
    found = desktop()
    answer = found.post(SEARCH, {"sok": typed, "status": "open"})
    assert answer.status_code == 422
    assert 'href="#sok"' in answer.text
    assert words in answer.text
    assert typed not in answer.text
    assert '"open" selected' in answer.text


def test_a_persons_number_in_the_address_is_taken_out_of_it() -> None:
    """Whoever puts it there by hand is led to the address without it, and nothing is searched by it."""
    found = desktop(placed=[(person(2, status=PersonStatus.PLACED), DUF)])
    for number in (DUF, "01819012345", "2026+123456+78"):
        answer = found.get(f"{LISTS}?sok={number}&status=open")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{LISTS}?status=open")
    assert found.get(f"{LISTS}?sok={DUF}").headers["location"] == f"{LISTS}?vis=alle"
    assert found.get(SEARCH).headers["location"] == LISTS


def test_ones_own_choice_is_what_fordelinger_opens_with() -> None:
    """Kept for the user and municipality, without what was searched for; everything else is one click away."""
    found = desktop()
    kept = found.post(SEARCH, {"sok": LIST, "status": "open", "sorter": "frist", "handling": "behold"})
    assert kept.headers["location"] == f"{LISTS}?sok={LIST}&status=open&sorter=frist&standard=behold"
    assert found.preferences.kept == {("u-1", f"lists/{OSLO}"): "status=open&sorter=frist"}
    assert "Utvalget er ditt standardvalg" in found.get(kept.headers["location"]).text
    opened = found.get(LISTS)
    assert (opened.status_code, opened.headers["location"]) == (303, f"{LISTS}?status=open&sorter=frist")
    text = found.get(opened.headers["location"]).text
    assert "Dette er ditt standardvalg" in text
    assert f'href="{LISTS}?vis=alle"' in text
    assert found.get(f"{LISTS}?vis=alle").status_code == 200
    assert "Lagre som mitt standardvalg" in found.get(f"{LISTS}?status=answered").text
    gone = found.post(SEARCH, {"status": "open", "sorter": "frist", "handling": "glem"})
    assert "Standardvalget er fjernet" in found.get(gone.headers["location"]).text
    assert found.get(LISTS).status_code == 200


def test_a_reader_searches_and_keeps_a_choice_too() -> None:
    """It changes nothing of the municipality's."""
    found = Desktop(user(READER), FakeReader({LIST: one_list()}))
    assert found.post(SEARCH, {"status": "open"}).status_code == 303
    assert found.post(SEARCH, {"status": "open", "handling": "behold"}).status_code == 303
    assert found.preferences.kept


def test_pages_go_on_from_a_place() -> None:
    """How many there are and which of them these are; the filter goes along."""
    found = desktop(total=45)
    text = found.get(f"{LISTS}?status=open").text
    assert "Viser 1–1 av 45 fordelinger" in text
    assert f'rel="next" href="?status=open&amp;etter=0.{LIST}"' in text
    assert 'rel="prev"' not in text
    beyond = found.get(f"{LISTS}?status=open&etter=0.{LIST}").text
    assert "Siden finnes ikke" in beyond


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sok=FL-1999&status=open", "Ingen fordeling med «FL-1999» i nummeret passer til utvalget"),
        ("frist=over", "Ingen lister venter på svar etter fristen."),
        ("fra=2026-12-01&til=2026-11-01", "Den første dagen er etter den siste."),
        ("ar=1999", "Ingen fordelinger passer til utvalget"),
    ],
)
def test_nothing_found_says_why(query: str, words: str) -> None:
    """And how to see more."""

    @dataclass
    class Nothing(FakeReader):
        asked: list[Any] = field(default_factory=list)

        def _lists(self, mine: Any, arguments: Any) -> Any:
            return {**super()._lists(mine, arguments), "lists": [], "total": 0}

    text = Desktop(user(), Nothing({LIST: one_list()})).get(f"{LISTS}?{query}").text
    assert words in text
    assert "Vis alle" in text
    assert "Last ned" not in text


def test_the_lists_of_a_filter_become_files() -> None:
    """CSV and a workbook, named by municipality and day, of the filter in the address; who took it is logged."""
    found = desktop("FL-2026-000124")
    with structlog.testing.capture_logs() as logs:
        comma = found.get(f"{LISTS}.csv?status=open&sok=FL")
    assert comma.headers["content-disposition"] == f'attachment; filename="fordelinger-{OSLO}-2026-11-24.csv"'
    assert comma.headers["content-type"].startswith("text/csv")
    assert comma.content.startswith("\ufeffFordeling;Status;".encode())
    assert comma.text.count("FL-2026-0001") == 2
    asked = found.reader.lists_asked[0]
    assert (asked["order"], asked["status"], asked["year"], asked["number"]) == (Sort.NEWEST, "open", None, "FL")
    assert logs[0] | {"event": "file_taken", "kind": "csv", "municipality_id": OSLO, "user_id": "u-1"} == logs[0]
    book = found.get(f"{LISTS}.xlsx")
    assert book.content[:2] == b"PK"
    assert "spreadsheetml" in book.headers["content-type"]


def test_the_persons_of_a_list_become_files() -> None:
    """What the page shows, as its page is guarded."""
    found = desktop()
    answer = found.get(f"{PAGE}/personer.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{LIST}-personer.csv"'
    assert answer.text.count("\r\n") == 4
    assert found.get(f"{PAGE}/personer.xlsx").content[:2] == b"PK"
    assert found.get(f"{LISTS}/FL-1/personer.csv").status_code == 404


@pytest.mark.parametrize(
    ("asker", "changes", "told"),
    [
        (user(), {}, True),
        (user(READER), {}, False),
        (user(), {"status": ListStatus.APPROVED, "approved": act()}, False),
        (user(), {"status": ListStatus.ANSWERED, "answered": act()}, False),
    ],
)
def test_who_can_save_is_told_to_save_before_taking_a_file(asker: User, changes: dict[str, Any], told: bool) -> None:
    """Where nothing can be saved the words would lead astray."""
    found = Desktop(asker, FakeReader({LIST: one_list(**changes)}))
    assert ("Lagre først" in found.get(PAGE).text) is told


def test_a_list_too_long_for_a_file_is_told_before() -> None:
    """The page says how many the file will have."""
    assert "Den har bare de første 10\u00a0000 av 12\u00a0345" in desktop(total=12_345).get(f"{LISTS}?vis=alle").text


@pytest.mark.parametrize("status", list(ListStatus))
def test_a_list_prints_with_everything_open(status: ListStatus) -> None:
    """Whatever its status: every detail is open, and there is nothing to fill in or send."""
    done = {"answered": act()} if status is ListStatus.ANSWERED else {}
    text = Desktop(user(), FakeReader({LIST: one_list(status=status, **done)})).get(f"{PAGE}/utskrift").text
    assert text.count('<details class="more" open>') == 3
    main = text.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    assert "<input" not in main
    assert ("Svaret er ikke sendt." in text) is (status is not ListStatus.ANSWERED)
    assert "Skrevet ut fra Fordeling 24.11.2026" in text


@pytest.mark.parametrize(
    ("text", "noticed"),
    [
        ("Vi har ingen ledig bolig i år.", False),
        ("Mangler tolk i arabisk og somali.", False),
        ("Bor best nær broren i Larvik.", False),
        ("Det finnes ikke slike tjenester i Norge utenfor Oslo.", False),
        ("Vi har allerede mange muslimer.", True),
        ("For mange fra Syria.", True),
        ("Ukrainere passer bedre her.", True),
        ("På grunn av nasjonalitet", True),
        ("KRISTEN familie", True),
        ("Det manglar tolk i arabisk, kurdisk og tyrkisk.", False),
        ("There is no interpreter of Arabic, Turkish or Ukrainian.", False),
        ("Vi har alt mange syrarar.", True),
        ("Rett statsborgarskap passar betre.", True),
        ("Too many from Ukraine", True),
        ("Because of nationality", True),
        ("A Christian family", True),
    ],
)
def test_words_of_nationality_and_religion_are_noticed(text: str, noticed: bool) -> None:
    """Languages and places in Norway are no such words."""
    assert questionable(text) is noticed


def test_a_noticed_reason_is_asked_about_and_can_be_sent() -> None:
    """A warning on the page where one checks the answer; the button is there all the same. The form says why."""
    decision = DraftDecision(
        running_number=2, accept=False, reason=DeclineReason.OTHER, reason_text="Vi har mange fra Syria."
    )
    declined = one_list(person(1), person(2, decision=decision), status=ListStatus.APPROVED, approved=act())
    text = Desktop(user(), FakeReader({LIST: declined})).get(PAGE).text
    assert "Se en gang til på begrunnelsen for person 2" in text
    assert "Send svar</button>" in text
    form = Desktop(user(), FakeReader({LIST: one_list()})).get(PAGE).text
    assert "kan ikke være begrunnelse, for kommunen bestemmer hvor mange" in form
    assert "Se en gang til" not in form


def _without_token(text: str) -> str:
    return re.sub(r'name="_csrf_token" value="[^"]+"', "", text)
