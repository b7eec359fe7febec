"""Pages at the change of a year: which year's places they reckon with."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, ledger, one_list, user
from tests.unit.gateway.test_pages import PAGE, answered, desktop


def second_of_january(*, agreed: int | None = 2) -> Desktop:
    new_year = {2027: ledger(left=1, agreed=agreed, year=2027)} if agreed is not None else {}
    reader = FakeReader({LIST: one_list()}, years=new_year)
    return Desktop(user(), reader, now=datetime(2027, 1, 2, 9, tzinfo=UTC))


def test_an_open_list_is_reckoned_in_the_year_of_its_answer() -> None:
    """On 2 January last year's list takes this year's places: its two marks leave -1 of 1, and that is told."""
    text = second_of_january().get(PAGE).text
    assert "Vedtak og plasser 2027" in text
    assert "Kommunen har ikke registrert vedtak for 2027" in text
    assert 'data-kind="ordinary" data-without="1"' in text
    assert re.search(r'<strong class="after over">−1</strong> plasser igjen etter svaret', text)
    assert 'data-color="warning">\n    <p><strong>Flere enn avtalt: <span class="over-by">1</span>' in text
    assert "plassene listen holder i 2026, blir frigitt" in text


def test_a_new_year_without_ledger_is_reckoned_from_zero() -> None:
    """Nothing is agreed for the year yet: both marks are more than that, whatever last year had left."""
    text = second_of_january(agreed=None).get(PAGE).text
    assert "Kommunen har ikke registrert vedtak for 2027" in text
    assert 'data-kind="ordinary" data-without="0" data-agreement="nei"' in text


def test_within_its_year_a_list_releases_nothing() -> None:
    """The day in Norway decides: late on 31 December in London it is next year already."""
    assert "blir frigitt" not in desktop().get(PAGE).text
    late = Desktop(user(), FakeReader({LIST: one_list()}), now=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert "blir frigitt" in late.get(PAGE).text


def test_an_answered_list_stays_with_its_year() -> None:
    """After the new year its page still tells the places of the year it was in."""
    found = Desktop(user(), FakeReader({LIST: answered()}), now=datetime(2027, 1, 2, 9, tzinfo=UTC))  # type: ignore[dict-item]
    assert "Plasser igjen 2026" in found.get(PAGE).text
