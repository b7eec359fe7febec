"""The reply clock as a municipality sees it on the pages and in the API."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.codes import ListStatus
from contracts.distribution.v1 import Extension, ListState
from gateway.api.list_models import DistributionList
from gateway.pages import list_view
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, user

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
MOVED = Extension(at=NOW + timedelta(hours=2), before=date(2026, 11, 23), deadline=date(2026, 12, 1))


def text(**changes: object) -> str:
    """Give the answering page of a list."""
    return Desktop(user(), FakeReader({LIST: one_list(**changes)})).get(PAGE).text


@pytest.mark.parametrize(
    ("deadline", "words", "colour"),
    [
        (date(2026, 12, 1), "7 dager igjen", "info"),
        (date(2026, 11, 26), "2 dager igjen", "warning"),
        (date(2026, 11, 24), "Siste frist i dag", "warning"),
        (date(2026, 11, 23), "1 dag over fristen", "danger"),
    ],
)
def test_the_answering_page_shows_the_deadline_in_words_and_colour(deadline: date, words: str, colour: str) -> None:
    """Whoever does not see the colour reads the same; an overdue list can still be answered."""
    page = text(deadline=deadline)
    assert f'<div class="ds-alert deadline" data-color="{colour}">' in page
    assert f"<strong>{words}</strong>" in page
    assert ("Dere kan fortsatt svare, og svaret merkes som sent." in page) == (colour == "danger")
    assert "Godkjenn liste" in page


def test_a_moved_deadline_is_in_the_lists_story() -> None:
    """The page says that IMDi moved it and from when; the timeline has it in its place."""
    assert "IMDi utsatte fristen 24.11.2026; den var 23.11.2026." in text(extensions=[MOVED])
    found = one_list(
        status=ListStatus.ANSWERED,
        approved=act(at=NOW + timedelta(hours=1)),
        answered=act(at=NOW + timedelta(hours=3)),
        extensions=[MOVED],
    )
    assert [step.text for step in list_view.timeline(found)] == [
        "Mottatt fra IMDi",
        "Godkjent i kommunen",
        "IMDi utsatte svarfristen fra 23.11.2026 til 01.12.2026",
        "Svar sendt til IMDi",
    ]


def test_the_api_tells_that_a_list_is_overdue_and_how_its_deadline_was_moved() -> None:
    """Both follow from the list's state, so that the ETag changes with them."""
    state: ListState = one_list(overdue=True, extensions=[MOVED]).state
    told = DistributionList.of(state, 4)
    assert (told.overdue, told.deadline) == (True, date(2026, 12, 1))
    assert [(one.before, one.deadline) for one in told.extensions] == [(MOVED.before, MOVED.deadline)]
    assert not one_list().state.overdue
