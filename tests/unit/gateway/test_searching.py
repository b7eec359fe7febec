"""What somebody types to find a list, and how the filter stands in the address."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, strategies as st

from gateway.pages.list_filter import ListQuery, read_place, write_place
from gateway.pages.searching import Search, Wrong, read_search
from gateway.readmodel.lists import Place, Sort

TODAY = date(2026, 11, 24)
DUF = "202612345678"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Search()),
        ("   ", Search()),
        ("FL-2026-000123", Search("FL-2026-000123")),
        (" fl-2026-000123 ", Search("FL-2026-000123")),
        ("000123", Search("000123")),
        ("2026-0001", Search("2026-0001")),
        (DUF, Search(duf_number=DUF)),
        ("2026 123456 78", Search(duf_number=DUF)),
        ("2026-123456-78", Search(duf_number=DUF)),
        ("DUF-nummer: 2026 123456 78", Search(duf_number=DUF)),
        ("duf nr. 202612345678", Search(duf_number=DUF)),
        ("01819012345", Search(wrong=Wrong.NOT_A_DUF_NUMBER)),
        ("018190 12345", Search(wrong=Wrong.NOT_A_DUF_NUMBER)),
        ("2026123456789", Search(wrong=Wrong.NOT_A_DUF_NUMBER)),
        ("٢٠٢٦١٢٣٤٥٦٧٨", Search(wrong=Wrong.NOT_A_DUF_NUMBER)),
        ("Ahmad", Search("AHMAD")),
        ("æ", Search(wrong=Wrong.NOT_A_LIST_NUMBER)),
        ("FL_2026%", Search(wrong=Wrong.NOT_A_LIST_NUMBER)),
        ("x" * 61, Search(wrong=Wrong.NOT_A_LIST_NUMBER)),
        ("FL\x00", Search(wrong=Wrong.NOT_A_LIST_NUMBER)),
    ],
)
def test_a_text_is_a_list_number_a_duf_number_or_neither(text: str, found: Search) -> None:
    """However it is written; what is neither is told, and not searched by."""
    assert read_search(text) == found


@given(st.lists(st.sampled_from("0123456789"), min_size=11, max_size=14), st.sampled_from(["", " ", "-", ".", "/"]))
def test_a_persons_number_never_comes_into_an_address(digits: list[str], between: str) -> None:
    """Eleven digits or more, written in any way, are never taken for a list's number."""
    for text in (between.join(digits), "DUF " + "".join(digits), f"{''.join(digits[:6])} {''.join(digits[6:])}"):
        found = read_search(text)
        assert (found.list_number, found.personal) == ("", True)
        assert "sok" not in ListQuery.read({"sok": text}).address


ODD = st.text("0FL-.= %²x", max_size=6) | st.sampled_from(
    ["open", "answered", "over", "7", "0", "2026", "2026-11-30", "frist", "eldste", "FL-2026", "-17.FL-2026-000123"]
)
NAMES = ["sok", "status", "ar", "frist", "fra", "til", "sorter", "etter", "for", "other"]


@given(st.dictionaries(st.sampled_from(NAMES), ODD))
def test_an_address_read_and_written_is_the_same_filter(values: dict[str, str]) -> None:
    """Whatever stands in an address, what is left of it is the filter, and reads as itself again."""
    query = ListQuery.read(values)
    again = ListQuery.read(dict(parse_qsl(urlencode(query.address))))
    assert again.address == query.address
    assert again.wanted(TODAY).sort is query.wanted(TODAY).sort
    assert ListQuery.read(query.kept.address).kept == query.kept


@pytest.mark.parametrize(
    ("values", "first", "last", "awaiting"),
    [
        ({}, None, None, False),
        ({"frist": "over"}, None, date(2026, 11, 23), True),
        ({"frist": "0"}, TODAY, TODAY, True),
        ({"frist": "7"}, TODAY, date(2026, 12, 1), True),
        ({"frist": "07"}, TODAY, date(2026, 12, 1), True),
        ({"fra": "2026-01-01", "til": "2026-06-30"}, date(2026, 1, 1), date(2026, 6, 30), False),
        ({"frist": "7", "fra": "2026-11-26", "til": "2027-01-01"}, date(2026, 11, 26), date(2026, 12, 1), True),
        ({"frist": "over", "til": "2026-11-01"}, None, date(2026, 11, 1), True),
        ({"frist": "367", "fra": "2026-02-30", "til": "0001-01-01"}, None, None, False),
        ({"frist": "-1"}, None, None, False),
        ({"frist": "²"}, None, None, False),
    ],
)
def test_deadlines_are_days_in_norway(
    values: dict[str, str], first: date | None, last: date | None, awaiting: bool
) -> None:
    """Over, within days and between days narrow together; what is no day or number is left out."""
    wanted = ListQuery.read(values).wanted(TODAY)
    assert (wanted.due_from, wanted.due_to, wanted.awaiting) == (first, last, awaiting)


@given(st.integers(-(2**60), 2**60), st.from_regex(r"[A-Z0-9][A-Z0-9-]{2,39}", fullmatch=True))
def test_a_place_in_the_order_is_read_as_written(key: int, list_id: str) -> None:
    """A page goes on from exactly there."""
    assert read_place(write_place(Place(key, list_id))) == Place(key, list_id)


@pytest.mark.parametrize("text", ["", ".", "x.FL-1", "1.", "1.fl-2026", "9" * 30 + ".FL-1", "--1.FL-1", "1.FL'1", "²."])
def test_an_odd_place_is_the_beginning(text: str) -> None:
    """An address that was cut or made up shows the first page."""
    assert read_place(text) is None
    assert ListQuery.read({"etter": text, "for": text}).wanted(TODAY).after is None


def test_the_sort_that_is_usual_stands_in_no_address() -> None:
    """One filter has one address."""
    assert ListQuery.read({"sorter": "nyeste"}).address == {}
    assert ListQuery.read({"sorter": "nummer"}).wanted(TODAY).sort is Sort.NUMBER
