"""Plassregnskap: the page, the file, and what their address may ask for."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from contracts.codes import Movement, PlaceKind
from contracts.municipality.v1 import LedgerEntryState
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, user

OSLO_TIME = ZoneInfo("Europe/Oslo")
PAGE = f"/kommune/{OSLO}/plassregnskap"
API = f"/municipalities/{OSLO}/ledger"


def entry(number: int, movement: Movement = Movement.PLACED, **changes: Any) -> LedgerEntryState:
    made = LedgerEntryState(
        municipality_id=OSLO, year=2026, number=number, ledger_version=number, at=NOW, place_kind=PlaceKind.ORDINARY,
        movement=movement, agreed=0, requested=-2, placed=2, settled=0, list_id=LIST, list_version=6,
        running_numbers=[1, 2], caused_by=f"distribution.persons-placed.v1:{LIST}:6",
    )  # fmt: skip
    return made.model_copy(update=changes)


AGREED = entry(
    1, Movement.AGREED, agreed=20, requested=0, placed=0, list_id=None, list_version=None, running_numbers=[]
)
MINOR = entry(3, place_kind=PlaceKind.UNACCOMPANIED_MINOR)
ENTRIES = [(AGREED, 20), (entry(2), -1), (MINOR, 4)]


def desktop(entries: list[tuple[LedgerEntryState, int]] = ENTRIES) -> Desktop:
    return Desktop(user(), FakeReader(entries=entries))


def test_a_line_says_what_it_is_and_leads_to_its_cause() -> None:
    """The list, or the resolution in its year's history; below zero is marked, and said in words."""
    text = desktop().get(PAGE).text
    assert f'href="/kommune/{OSLO}/bosetting/fordelinger/{LIST}"' in text
    assert f'href="/kommune/{OSLO}/vedtak#endring-2026-1"' in text
    assert text.index("Søkt ut</td>") < text.index("Avtalt</td>"), "the newest first"
    assert '<strong class="over">−1</strong>' in text
    assert "linje-3" not in text, "another kind of place"
    assert "linje-3" in desktop().get(f"{PAGE}?plasser=em").text


def test_more_than_agreed_shows_as_such() -> None:
    """A warning beside the sums says that it is allowed."""
    found = desktop()
    assert "Flere enn avtalt" not in found.get(PAGE).text
    text = Desktop(user(), OverReader()).get(PAGE).text
    assert "Flere enn avtalt" in text


class OverReader(FakeReader):
    def _ledger(self, arguments: tuple[Any, ...]) -> Any:
        sums = {"ordinary": {"agreed": 1, "requested": 3, "placed": 0, "settled": 0, "left": -2}}
        return {**super()._ledger(arguments), "sums": sums}


@pytest.mark.parametrize(
    ("query", "year", "before", "offset"),
    [
        ("", 2026, None, 0),
        ("?ar=2025&side=3", 2025, None, 100),
        ("?per=2026-06-30", 2026, datetime(2026, 7, 1, tzinfo=OSLO_TIME), 0),
        ("?per=2026-03-29", 2026, datetime(2026, 3, 30, tzinfo=OSLO_TIME), 0),
        ("?per=2028-02-29&ar=2028", 2028, datetime(2028, 3, 1, tzinfo=OSLO_TIME), 0),
        ("?per=2026-02-30&ar=x&side=-1&plasser=alle", 2026, None, 0),
        ("?per=9999-12-31&ar=9999", 2026, None, 0),
    ],
)
def test_the_address_tells_which_ledger(query: str, year: int, before: datetime | None, offset: int) -> None:
    """As it stood at the end of a day in Norway; what there is not, is left out."""
    found = desktop()
    assert found.get(PAGE + query).status_code == 200
    [asked] = found.reader.ledgers_asked
    assert (asked[1], asked[3], asked[6]) == (year, before, offset)


def test_a_year_of_many_lines_is_paged() -> None:
    """Fifty a page, with links that keep what was chosen; a page beyond the last says so."""
    found = desktop([(entry(number), 0) for number in range(1, 121)])
    text = found.get(f"{PAGE}?side=2&per=2026-12-31").text
    assert "Side 2 av 3" in text
    assert "120 linjer" in text
    assert text.count('id="linje-') == 50
    assert "ar=2026&amp;per=2026-12-31&amp;plasser=ordinare&amp;side=3" in text
    assert "Siden finnes ikke." in found.get(f"{PAGE}?side=9").text


def test_an_empty_ledger_says_what_will_come() -> None:
    """No table without lines."""
    assert "Ingenting er ført" in desktop([]).get(PAGE).text


def test_the_file_has_every_line_in_order() -> None:
    """Both kinds, semicolons, and a name that tells what it is; whatever opens it reads it as UTF-8."""
    answer = desktop().get(f"{PAGE}.csv?ar=2026&per=2026-11-24")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="plassregnskap-k-0301-2026-per-2026-11-24.csv"'
    )
    assert answer.text.startswith("\ufeff")
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
    assert (head[0], head[11]) == ("Nr.", "Igjen")
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert rows[1][3:12] == ["Ordinære plasser", "Søkt ut", LIST, "1 2", "0", "-2", "2", "0", "-1"]


def api(entries: list[tuple[LedgerEntryState, int]] = ENTRIES) -> Api:
    return Api(reader=ApiReader(entries=entries))


def test_the_api_gives_lines_from_where_a_client_stopped() -> None:
    """In the order they were entered; ``next`` goes on after the last, until there is none."""
    found = api([(entry(number), -number) for number in range(1, 6)])
    seen, path = [], f"{API}?year=2026&limit=2&as_of=2026-11-24&place_kind=ordinary"
    while path:
        body = found.get(path).json()
        seen += [(line["number"], line["left"]) for line in body["items"]]
        assert (body["ordinary"]["left"], body["unaccompanied_minor"]["agreed"]) == (10, 0)
        following = body["next"]
        if following:
            assert parse_qs(urlsplit(following).query)["as_of"] == ["2026-11-24"]
        path = (following or "").removeprefix("/api/v1")
    assert seen == [(number, -number) for number in range(1, 6)]


@pytest.mark.parametrize(
    "query",
    [
        "year=1",
        "as_of=x",
        "after=-1",
        "place_kind=x",
        "limit=101",
        "year=2026&year=2027",
        "year=null",
        "year=null&year=null",
        "as_of=null",
        "limit=1&limit=1",
    ],
)
def test_the_api_names_a_parameter_that_is_wrong(query: str) -> None:
    """400 and which one it is."""
    answer = api().get(f"{API}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"]


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("0001-01-01", datetime(2000, 1, 1, tzinfo=OSLO_TIME)),
        ("2024-02-29", datetime(2024, 3, 1, tzinfo=OSLO_TIME)),
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=OSLO_TIME)),
        ("2026-03-29", datetime(2026, 3, 30, tzinfo=OSLO_TIME)),
        ("9999-12-31", datetime(2101, 1, 1, tzinfo=OSLO_TIME)),
    ],
)
def test_the_ledger_stood_somehow_on_any_day(day: str, moment: datetime) -> None:
    """Up to midnight in Norway, by leap day, New Year and summer time too; before all agreements, and after them."""
    reader = ApiReader()
    answer = Api(reader=reader).get(f"{API}?year=2026&as_of={day}")
    assert (answer.status_code, answer.json()["as_of"]) == (200, day)
    assert moment in reader.ledgers_asked[0]


def test_the_api_gives_this_year_where_none_is_named() -> None:
    """The year in Norway."""
    assert api().get(API).json()["year"] == 2026
