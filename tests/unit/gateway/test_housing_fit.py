"""Boliger som passer: which homes are shown for a household."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from contracts.codes import Need
from contracts.municipality.codes import HomeFeature, ReportStatus
from contracts.municipality.reports import ReportState
from gateway.pages.housing_fit import MEETS, fits, needs_of
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.report_samples import HOME, homes
from tests.unit.gateway.samples import LIST, NOW, OSLO, one_list, person, user

TODAY = NOW.date()
NEEDS = st.lists(st.sampled_from(Need), max_size=3)
FEATURES = st.lists(st.sampled_from(HomeFeature), unique=True)


def home(number: int = 1, **said: Any) -> ReportState:
    return homes(str(UUID(int=number)), {"features": [], "area": "", **said})


@given(
    st.lists(NEEDS, min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(1, 9), FEATURES, st.booleans()), max_size=8),
)
def test_every_home_shown_is_large_enough_and_meets_every_need_and_no_such_home_is_left_out(
    family: list[list[Need]], reported: list[tuple[int, list[HomeFeature], bool]]
) -> None:
    """Nothing that fits is missing, nothing that does not is there, and nobody's home that was taken back."""
    persons = [person(number, needs=needs) for number, needs in enumerate(family, 1)]
    all_homes = [
        home(number, persons=room, features=features).model_copy(
            update={"status": ReportStatus.OPEN if is_open else ReportStatus.WITHDRAWN}
        )
        for number, (room, features, is_open) in enumerate(reported, 1)
    ]
    shown = {fit.report_id for fit in fits(persons, all_homes, TODAY)}
    wanted = {need for needs in family for need in needs if need in MEETS}
    for one in all_homes:
        assert one.housing is not None
        has = set(one.housing.features)
        fitting = one.status is ReportStatus.OPEN and one.housing.persons >= len(persons)
        fitting = fitting and all(MEETS[need] & has for need in wanted)
        assert (one.report_id in shown) == fitting


def test_what_is_ready_comes_first_and_then_the_smallest_that_is_large_enough() -> None:
    """A home for nine is not shown before one for three; one that is free in spring not before one that is free now."""
    found = fits(
        [person(1), person(2)],
        [home(1, persons=9, available_from=date(2026, 11, 1)), home(2, persons=2, available_from=date(2027, 3, 1)),
         home(3, persons=3, available_from=date(2026, 11, 1)), home(4, persons=1, available_from=date(2026, 11, 1))],
        TODAY,
    )  # fmt: skip
    assert [(UUID(one.report_id).int, one.ready) for one in found] == [(3, True), (1, True), (2, False)]


@pytest.mark.parametrize(("arrival", "ready"), [(None, False), (date(2026, 12, 1), True), (date(2026, 11, 1), False)])
def test_a_home_is_ready_when_the_last_of_the_household_can_come(arrival: date | None, ready: bool) -> None:
    """Until then nobody needs it; an arrival that is past is today."""
    family = [person(1), person(2, earliest_arrival=arrival)]
    [found] = fits(family, [home(available_from=date(2026, 12, 1))], TODAY)
    assert found.ready is ready


def test_a_wheelchairs_home_has_no_steps_but_not_the_other_way_round() -> None:
    """Step-free is met by either; a wheelchair only by what is made for it. Other needs are no matter of the home."""
    adapted, step_free = home(1, features=[HomeFeature.WHEELCHAIR_ACCESS]), home(2, features=[HomeFeature.STEP_FREE])
    both = [adapted, step_free]
    assert len(fits([person(1, needs=[Need.STEP_FREE_HOME])], both, TODAY)) == 2
    assert [fit.report_id for fit in fits([person(1, needs=[Need.WHEELCHAIR_ACCESS])], both, TODAY)] == [
        adapted.report_id
    ]
    assert needs_of([person(1, needs=[Need.SPECIAL_EDUCATION])]) == []
    assert fits([], both, TODAY) == []


def test_the_answering_page_shows_them_by_household() -> None:
    """With a link to each; a household that nothing fits is told so; an answered list shows none."""
    family = (person(1, needs=[Need.STEP_FREE_HOME]), person(2), person(3, 2, needs=[Need.NEAR_HOSPITAL]))
    page = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
    reader = FakeReader({LIST: one_list(*family)}, reports=[(homes(), 1)])
    text = Desktop(user(), reader).get(page).text
    shown = text[text.index("Boliger som passer") :]
    assert shown.index(f"/bosetting/innmeldinger/boliger/{HOME}") < shown.index("Ingen av de innmeldte boligene passer")
    assert "trenger: bolig uten trapper" in shown
    assert "ledig fra 01.12.2026" in shown
    without = Desktop(user(), FakeReader({LIST: one_list(*family)})).get(page).text
    assert "Kommunen har ikke meldt inn boliger" in without
