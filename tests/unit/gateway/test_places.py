from __future__ import annotations

import pytest

from contracts.codes import PlaceKind
from gateway.pages import list_view
from gateway.pages.answer_form import AnswerForm
from gateway.readmodel.places import answered_places
from tests.unit.gateway.samples import ledger, one_list, person


def test_unmarking_somebody_gives_a_place_back() -> None:
    """The ledger holds the list's requested places: with everyone marked it is what is left, each unmarked adds one."""
    all_marked = answered_places(ledger(left=10), PlaceKind.ORDINARY, on_list=3, accepted=3, counted=True)
    one_less = answered_places(ledger(left=10), PlaceKind.ORDINARY, on_list=3, accepted=2, counted=True)
    assert (all_marked.without_list, all_marked.after, one_less.after) == (13, 10, 11)


def test_a_list_the_ledger_has_not_followed_is_counted_once() -> None:
    """Before the ledger holds the list its sums lack it: the marks are taken from what is left."""
    places = answered_places(ledger(left=10), PlaceKind.ORDINARY, on_list=3, accepted=3, counted=False)
    assert (places.without_list, places.after) == (10, 7)


@pytest.mark.parametrize(("left", "over"), [(0, 0), (-1, 1), (-5, 5)])
def test_more_than_agreed_is_told_with_its_number(left: int, over: int) -> None:
    """Taking more than agreed is allowed, never silently."""
    places = answered_places(ledger(left=left), PlaceKind.ORDINARY, on_list=2, accepted=2, counted=True)
    assert places.over == over


def test_no_ledger_counts_from_zero() -> None:
    """A year without a resolution has no agreed places, which is not the same as an agreement of none."""
    places = answered_places(None, PlaceKind.ORDINARY, on_list=2, accepted=2, counted=False)
    assert (places.agreement, places.after) == (False, -2)
    assert answered_places(ledger(agreed=0), PlaceKind.ORDINARY, on_list=0, accepted=0, counted=True).agreement


def test_the_page_shows_the_kinds_that_matter() -> None:
    """Places for minors are shown where somebody on the list or the agreement has to do with them."""
    found = one_list(person(1))
    no_minors = found.year.model_copy(
        update={"unaccompanied_minor": found.year.unaccompanied_minor.model_copy(update={"agreed": 0})}
    )  # type: ignore[union-attr]
    found = one_list(person(1), year=no_minors)
    assert [one.kind for one in list_view.places(found, AnswerForm.of(found))] == [PlaceKind.ORDINARY]
    both = one_list(person(1), person(2, minor=True), year=no_minors)
    assert len(list_view.places(both, AnswerForm.of(both))) == 2
