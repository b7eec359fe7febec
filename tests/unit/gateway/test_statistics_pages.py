"""Statistics over answers, on the page, as a file and through the API."""

from __future__ import annotations

import csv
import io

from contracts.codes import DeclineReason, PlaceKind
from gateway.readmodel.statistics import Answers, Statistics
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import OSLO, user
from tests.unit.gateway.test_api_doors import OF

PAGE = f"/kommune/{OSLO}/bosetting/statistikk"
COUNTS = [
    [2026, "ordinary", None, 90],
    [2026, "ordinary", "no_suitable_housing", 6],
    [2026, "unaccompanied_minor", "capacity_reached", 4],
    [2025, "ordinary", None, 10],
]


def desktop() -> Desktop:
    return Desktop(user(), FakeReader(answers=COUNTS))


def test_counts_add_up() -> None:
    """Over years and kinds; the share is of those answered about, and none where there are none."""
    ordinary, minors = PlaceKind.ORDINARY, PlaceKind.UNACCOMPANIED_MINOR
    found = Statistics({
        (2026, ordinary): Answers(90, {DeclineReason.NO_SUITABLE_HOUSING: 6}),
        (2026, minors): Answers(0, {DeclineReason.CAPACITY_REACHED: 4}),
        (2025, ordinary): Answers(10, {}),
    })  # fmt: skip
    assert found.years == (2026, 2025)
    assert (found.of().answered, found.of().declined, found.of([2026]).share) == (110, 10, 0.1)
    assert (found.of([2026], [minors]).share, found.of([1999]).share) == (1.0, None)


def test_the_page_tells_years_and_reasons() -> None:
    """Each year with its share; reasons with words and numbers beside the bars, which say nothing by themselves."""
    text = desktop().get(PAGE).text
    assert "Begrunnelser i alle år" in text
    assert "10 av 110 personer ble ikke akseptert (9,1\u00a0%)" in text
    assert text.index("Vi har ikke egnet bolig") < text.index("Kapasiteten vår er nådd") < text.index("Hensyn til sik")
    bars = text.count('<svg class="bar-chart"')
    assert bars == text.count('<rect class="bar-declined"') == text.count('aria-hidden="true" focusable="false"') == 10
    of_2025 = desktop().get(f"{PAGE}?ar=2025").text
    assert "Begrunnelser i 2025" in of_2025
    assert "Kommunen aksepterte alle." in of_2025
    assert "Begrunnelser i alle år" in desktop().get(f"{PAGE}?ar=1999").text


def test_before_the_first_answer_the_page_says_so() -> None:
    """And leads to the lists."""
    text = Desktop(user()).get(PAGE).text
    assert "Kommunen har ikke sendt noe svar ennå" in text
    assert "<table" not in text


def test_the_file_has_every_count() -> None:
    """A row for each year, kind and reason, those without anybody too, and shares as text."""
    answer = desktop().get(f"{PAGE}.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="svar-{OSLO}.csv"'
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[1] == ["2026", "Ordinære plasser", "Akseptert", "", "90", "93,8\u00a0%"]
    assert len(rows) == 1 + 3 * (1 + len(DeclineReason))
    assert sum(int(row[4]) for row in rows[1:]) == 110


def test_the_api_tells_the_same() -> None:
    """Latest year first, reasons that were given, shares as numbers; one year where one is asked for."""
    api = Api(reader=ApiReader(answers=COUNTS))
    items = api.get(f"{OF}/statistics/answers").json()["items"]
    assert [(one["year"], one["place_kind"], one["declined"]) for one in items] == [
        (2026, "ordinary", 6), (2026, "unaccompanied_minor", 4), (2025, "ordinary", 0),
    ]  # fmt: skip
    assert items[0]["reasons"] == [{"reason": "no_suitable_housing", "persons": 6}]
    assert items[0]["declined_share"] == 0.0625
    [only] = api.get(f"{OF}/statistics/answers?year=2025").json()["items"]
    assert only["persons"] == 10
