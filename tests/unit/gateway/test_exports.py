"""Lists and persons as files: what is in them, what is not, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings, strategies as st

from contracts.codes import DeclineReason, ListStatus, Need, PersonStatus
from contracts.distribution.v1 import DraftDecision
from gateway.exports import csv_file, xlsx_file
from gateway.exports.lists import lists_table
from gateway.exports.persons import persons_table
from gateway.exports.tables import Row, Table
from gateway.readmodel.lists import ListFilter
from tests.unit.gateway.fakes import FakeReader
from tests.unit.gateway.samples import OSLO, act, one_list, person

TODAY = date(2026, 11, 24)
EVIL = [
    "=1+1",
    "+47 22 00 00 00",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =cmd|' /C calc'!A0",
    "＝1",
    '=HYPERLINK("http://x")',
]


def table(*rows: Row) -> Table:
    async def chunks() -> AsyncGenerator[Sequence[Row]]:
        for row in rows:
            yield [row]

    return Table("a/b", ["En", "To", "Tre"], chunks())


def cells(content: bytes) -> list[list[str]]:
    text = content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def sheet(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


@pytest.mark.parametrize("text", EVIL)
async def test_a_formula_stays_a_text(text: str) -> None:
    """What somebody typed is never worked out by the spreadsheet of whoever opens the file."""
    [_, [first, *_]] = cells(await csv_file.write(table([text, 1, None])))
    assert first == f"'{text}"
    cell = sheet(await xlsx_file.write(table([text, 1, None])))["A2"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)


@settings(max_examples=50, deadline=None)
@given(st.text("=+-@;,\"'\r\n\t ＝＠|aæ🙂\u202e\u00a0", max_size=8))
def test_no_text_begins_a_formula_or_another_cell(text: str) -> None:
    """Separators, quotes and line breaks stay in their cell; nothing begins as a formula does."""
    written = csv_file.csv_text([[text, "x"]])
    [[first, last]] = csv.reader(io.StringIO(written, newline=""), delimiter=";")
    assert last == "x"
    assert first.removeprefix("'") == text.removeprefix("'")
    assert not first.lstrip(" ").startswith(("=", "+", "-", "@"))


async def test_numbers_and_days_are_what_they_are() -> None:
    """CSV: as Norwegians write them; workbook: a day one can reckon with, under headings that stay in sight."""
    rows = [["Bærum", -3, date(2026, 11, 24)], ["🙂 مرحبا", 10_000, None]]
    assert cells(await csv_file.write(table(*rows))) == [
        ["En", "To", "Tre"], ["Bærum", "-3", "24.11.2026"], ["🙂 مرحبا", "10000", ""],
    ]  # fmt: skip
    found = sheet(await xlsx_file.write(table(*rows)))
    assert [[cell.value for cell in row] for row in found.iter_rows()] == [
        ["En", "To", "Tre"], ["Bærum", -3, datetime(2026, 11, 24)], ["🙂 مرحبا", 10_000, None],  # noqa: DTZ001
    ]  # fmt: skip
    assert (found["C2"].number_format, found.freeze_panes, found.title) == ("dd.mm.yyyy", "A2", "ab")


async def test_a_workbook_without_rows_opens() -> None:
    """Nothing found is a file with headings."""
    assert [cell.value for cell in next(sheet(await xlsx_file.write(table())).iter_rows())] == ["En", "To", "Tre"]


async def test_each_list_is_a_row() -> None:
    """What Fordelinger shows; a draft's counts are not an answer's."""
    open_list = one_list(deadline=date(2026, 11, 20), accepted=2, declined=1)
    answered = one_list(
        list_id="FL-2026-000124", status=ListStatus.ANSWERED, answered=act(), late=True, accepted=2, declined=1
    )
    reader = FakeReader({one.state.list_id: one for one in (open_list, answered)})
    made = lists_table(reader, OSLO, ListFilter(), TODAY)  # type: ignore[arg-type]
    [headings, first, second] = cells(await csv_file.write(made))
    one, two = (dict(zip(headings, row, strict=True)) for row in (first, second))
    assert (one["Fordeling"], one["Svarfrist"], one["Over fristen"], one["Akseptert"]) == (
        "FL-2026-000123", "20.11.2026", "Ja", "",
    )  # fmt: skip
    assert (two["Status"], two["Besvart"], two["Besvart for sent"], two["Ikke akseptert"]) == (
        "Besvart", "24.11.2026", "Ja", "1",
    )  # fmt: skip
    assert two["Over fristen"] == "Nei"


async def test_more_lists_than_a_file_holds_are_told() -> None:
    """The last row says how many there are, and what to do."""
    lists = {f"FL-2026-00012{n}": one_list(list_id=f"FL-2026-00012{n}") for n in range(3)}
    made = lists_table(FakeReader(lists), OSLO, ListFilter(), TODAY, most=2)  # type: ignore[arg-type]
    rows = cells(await csv_file.write(made))
    assert [row[0] for row in rows[1:]] == [
        "FL-2026-000120", "FL-2026-000121", "Bare 2 av 3 fordelinger er med. Gjør utvalget mindre for å få med resten.",
    ]  # fmt: skip


async def test_persons_are_written_as_their_page_shows_them() -> None:
    """Everything of the details and the answer, in words; nothing of a draft where nobody has begun."""
    decision = DraftDecision(running_number=1, accept=False, reason=DeclineReason.OTHER, reason_text="=Vi venter")
    declined = person(1, status=PersonStatus.DECLINED, decision=decision, needs=[Need.GROUND_FLOOR], occupation="-")
    found = one_list(declined, person(2, 2, minor=True), status=ListStatus.ANSWERED, answered=act())
    rows = cells(await csv_file.write(persons_table(found)))
    one, two = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert one | {"Person": "1", "Statsborger av": "Syria", "Språk": "arabisk", "Svar": "Bosettes ikke"} == one
    assert one["Utdypet begrunnelse"] == "'=Vi venter"
    assert (two["Type plass"], two["Svar"], two["Begrunnelse"]) == ("Enslige mindreårige (EM)", "Bosettes", "")
    draft = one_list(declined, status=ListStatus.UNDER_TREATMENT)
    assert "Bosettes ikke (ikke sendt)" in cells(await csv_file.write(persons_table(draft)))[1]
    begun = cells(await csv_file.write(persons_table(one_list(person(1)))))
    assert dict(zip(begun[0], begun[1], strict=True))["Svar"] == ""
