"""What the demonstration's municipalities report is believable, valid, and shows what reports are for."""

from __future__ import annotations

from datetime import date

from contracts.municipality.reports import ReportHousing, ReportNamedPersons, ReportSelfSettlement, ReportWeeklyPlaces
from ops.demo.lists import MUNICIPALITIES, demonstration
from ops.demo.reports import reports

TODAY = date(2026, 12, 28)
"""A Monday in a week 53."""


def test_each_municipality_reports_and_the_same_again_for_the_same_seed() -> None:
    """Weekly places and homes from each, persons asked for from the larger, each report once."""
    lists = demonstration(1, TODAY)
    made = list(reports(1, lists, TODAY))
    assert made == list(reports(1, lists, TODAY))
    assert len({one.subject for one in made}) == len(made)
    everyone = {f"k-{one.number}" for one in MUNICIPALITIES}
    for kind in (ReportWeeklyPlaces, ReportHousing):
        assert {one.municipality_id for one in made if isinstance(one, kind)} == everyone
    assert any(isinstance(one, ReportNamedPersons) for one in made)
    weeks = next(one.weeks for one in made if isinstance(one, ReportWeeklyPlaces))
    assert [one.week for one in weeks][:2] == ["2026-W53", "2027-W01"]


def test_a_list_answers_each_report_of_self_settlement_with_its_persons() -> None:
    """The report names those who are on the list."""
    lists = demonstration(1, TODAY)
    told = [one for one in reports(1, lists, TODAY) if isinstance(one, ReportSelfSettlement)]
    answers = {one.body.self_settlement: one.body for one in lists if one.body.self_settlement}
    assert len(told) == len(answers) == 3
    for one in told:
        body = answers[one.report_id]
        assert f"k-{body.municipality_number}" == one.municipality_id
        numbers = [person.duf_number for person in one.self_settlement.persons]
        assert numbers == [person.identity.duf_number for person in body.persons]


def test_most_households_find_a_home_that_is_large_enough() -> None:
    """On a list that waits for an answer one sees homes that fit."""
    lists = demonstration(1, TODAY)
    largest: dict[str, int] = {}
    for one in reports(1, lists, TODAY):
        if isinstance(one, ReportHousing):
            largest[one.municipality_id] = max(largest.get(one.municipality_id, 0), one.housing.persons)
    found = []
    for one in lists:
        households = [person.household for person in one.body.persons]
        sizes = [households.count(number) for number in set(households)]
        found += [size <= largest[f"k-{one.body.municipality_number}"] for size in sizes]
    assert sum(found) > 0.9 * len(found)
