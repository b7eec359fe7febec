"""A report's life."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from contracts.municipality import codes as contract
from services.municipality.domain import codes
from services.municipality.domain.codes import FamilyTie, HomeFeature, ReportKind, ReportStatus, ReportStep, Role
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    DateTooFarAway,
    ReportClosed,
    ReportNotFound,
    RoleMayNotWrite,
)
from services.municipality.domain.report_contents import (
    Content,
    Homes,
    NamedPerson,
    NamedPersons,
    SelfSettlement,
    WeeklyPlaces,
)
from services.municipality.domain.report_plain import content_of, plain
from services.municipality.domain.reports import ASKED_AFTER, LAPSES_AFTER, Report, ReportId, Who
from services.municipality.domain.weeks import Week

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
BY = Who("u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER)
ID = ReportId("k-0301", "0b9f1d52-6a5e-4c3f-9d0a-1c2b3d4e5f60")
HOMES = Homes(2, 3, 5, date(2026, 12, 1), (HomeFeature.STEP_FREE,), "Nær skole")
RIMA = NamedPerson("Rima Eksempel", "202612345678")
NAMED = NamedPersons((RIMA,), FamilyTie.SIBLING, "Søsteren bor her")
SELF = SelfSettlement((RIMA, NamedPerson("Sami Eksempel")), "Eksempelveien 1, 0001 Oslo", date(2027, 1, 15))
WEEKS = WeeklyPlaces({Week(2026, 53): 4, Week(2027, 1): 12})
CONTENTS: dict[ReportKind, Content] = {
    ReportKind.WEEKLY_PLACES: WEEKS, ReportKind.HOUSING: HOMES, ReportKind.NAMED_PERSONS: NAMED,
    ReportKind.SELF_SETTLEMENT: SELF,
}  # fmt: skip
ALL = pytest.mark.parametrize("content", CONTENTS.values(), ids=[kind.value for kind in CONTENTS])


def entered(content: Content = HOMES, at: datetime = NOW) -> Report:
    kind = next(kind for kind, one in CONTENTS.items() if type(one) is type(content))
    decided = Report(ID, kind).put(content, by=BY, expected_version=0, now=at, today=at.date())
    assert isinstance(decided, tuple)
    return decided[0]


@ALL
def test_what_is_kept_reads_back(content: Content) -> None:
    """Each kind comes back as it was said."""
    kind = next(kind for kind, one in CONTENTS.items() if one is content)
    assert content_of(kind, plain(content)) == content


@ALL
def test_a_report_is_entered_changed_confirmed_and_each_step_is_kept(content: Content) -> None:
    """Who, when and what, with a version a step; the same again is no step."""
    report = entered(content)
    later = NOW + timedelta(days=1)
    again = report.put(content, by=BY, expected_version=1, now=later, today=later.date())
    assert again == (report, [])
    confirmed = report.confirm(by=BY, expected_version=1, now=later)
    assert isinstance(confirmed, tuple)
    assert [(one.version, one.step, one.at, one.by) for one in confirmed[0].changes] == [
        (1, ReportStep.ENTERED, NOW, BY),
        (2, ReportStep.CONFIRMED, later, BY),
    ]
    assert confirmed[0].valid_from == later


def test_a_change_names_its_parts_and_not_what_they_said() -> None:
    """Of persons nothing is kept in the history but that something about them changed."""
    changed = replace(NAMED, persons=(RIMA, NamedPerson("Sami Eksempel")), note="Begge bor her")
    decided = entered(NAMED).put(changed, by=BY, expected_version=1, now=NOW, today=TODAY)
    assert isinstance(decided, tuple)
    [change] = decided[1]
    assert (change.step, change.fields) == (ReportStep.CHANGED, ("persons", "note"))
    assert "Sami" not in repr(change)
    assert decided[0].people == 2


@ALL
def test_four_weeks_on_it_is_asked_about_once(content: Content) -> None:
    """Not before, not twice, and anew four weeks after it was confirmed."""
    report, asked_at = entered(content), NOW + ASKED_AFTER
    assert report.question(asked_at - timedelta(seconds=1), TODAY)[1] == []
    asked, [change] = report.question(asked_at, TODAY)
    assert (change.step, change.by, change.since, asked.questioned_at) == (
        ReportStep.QUESTIONED, None, NOW, asked_at,
    )  # fmt: skip
    assert asked.question(asked_at + timedelta(days=9), TODAY)[1] == []
    confirmed = asked.confirm(by=BY, expected_version=2, now=asked_at)
    assert isinstance(confirmed, tuple)
    assert confirmed[0].questioned_at is None
    assert confirmed[0].question(asked_at + ASKED_AFTER - timedelta(seconds=1), TODAY)[1] == []
    assert len(confirmed[0].question(asked_at + ASKED_AFTER, TODAY)[1]) == 1


@ALL
def test_saving_it_unchanged_answers_the_question(content: Content) -> None:
    """Who looks at the form, finds it right and saves it has said that it is valid."""
    asked, _ = entered(content).question(NOW + ASKED_AFTER, TODAY)
    decided = asked.put(content, by=BY, expected_version=2, now=NOW + ASKED_AFTER, today=TODAY)
    assert isinstance(decided, tuple)
    assert [change.step for change in decided[1]] == [ReportStep.CONFIRMED]


@ALL
def test_a_question_leaves_open_forms_alone(content: Content) -> None:
    """Whoever had the page open when time asked has seen all there is; a colleague's change they have not."""
    asked, _ = entered(content).question(NOW + ASKED_AFTER, TODAY)
    confirmed = asked.confirm(by=BY, expected_version=1, now=NOW)
    assert isinstance(confirmed, tuple)
    assert confirmed[0].version == 3
    assert confirmed[0].confirm(by=BY, expected_version=2, now=NOW) == ChangedMeanwhile(2, 3)
    assert asked.confirm(by=BY, expected_version=0, now=NOW) == ChangedMeanwhile(0, 2)
    assert asked.confirm(by=BY, expected_version=7, now=NOW) == ChangedMeanwhile(7, 2)


def test_nobody_is_asked_about_weeks_that_are_over() -> None:
    """Once the last week that was told of is over, there is nothing to confirm."""
    report = entered(WEEKS)
    last = Week(2027, 1).sunday
    later = NOW + timedelta(days=90)
    assert len(report.question(later, last)[1]) == 1
    assert report.question(later, last + timedelta(days=1))[1] == []


@ALL
def test_persons_are_erased_with_the_end_of_the_report(content: Content) -> None:
    """Taken back or lapsed, a report about persons says how many they were and no more; one about homes stays whole."""
    report = entered(content)
    withdrawn = report.withdraw(by=BY, expected_version=1, now=NOW)
    assert isinstance(withdrawn, tuple)
    lapsed, changes = report.lapse(NOW + LAPSES_AFTER)
    about_persons = report.kind.about_persons
    assert bool(changes) == about_persons
    assert withdrawn[0].status is ReportStatus.WITHDRAWN
    assert lapsed.status is (ReportStatus.LAPSED if about_persons else ReportStatus.OPEN)
    for ended in (withdrawn[0], lapsed):
        assert ended.content == (None if about_persons else content)
        assert ended.people == report.people
        assert ("Rima" in repr(ended)) is False


def test_a_report_that_is_over_is_left_alone() -> None:
    """No change, no confirmation, no second withdrawal, no question: a new one is entered instead."""
    decided = entered().withdraw(by=BY, expected_version=1, now=NOW)
    assert isinstance(decided, tuple)
    over, long_after = decided[0], NOW + timedelta(days=400)
    closed = ReportClosed(ReportStatus.WITHDRAWN)
    assert over.put(HOMES, by=BY, expected_version=2, now=NOW, today=TODAY) == closed
    assert over.confirm(by=BY, expected_version=2, now=NOW) == closed
    assert over.withdraw(by=BY, expected_version=2, now=NOW) == closed
    assert over.question(long_after, TODAY)[1] == over.lapse(long_after)[1] == []


def test_an_answer_is_kept_once_and_a_new_list_takes_its_place() -> None:
    """A re-offer's list replaces the first; only self-settlement is answered by a list, and only while it is open."""
    answered, [change] = entered(SELF).answer("FL-2026-000123", NOW)
    assert (answered.status, answered.list_id, answered.content) == (ReportStatus.ANSWERED, "FL-2026-000123", None)
    assert change.step is ReportStep.ANSWERED
    assert answered.answer("FL-2026-000123", NOW)[1] == []
    assert answered.answer("FL-2026-000124", NOW)[0].list_id == "FL-2026-000124"
    withdrawn = entered(SELF).withdraw(by=BY, expected_version=1, now=NOW)
    assert isinstance(withdrawn, tuple)
    assert withdrawn[0].answer("FL-2026-000123", NOW)[1] == []
    assert entered(NAMED).answer("FL-2026-000123", NOW)[1] == []
    assert Report(ID, ReportKind.SELF_SETTLEMENT).answer("FL-2026-000123", NOW)[1] == []


@pytest.mark.parametrize(
    ("do", "refused"),
    [
        (lambda one: one.put(HOMES, by=BY, expected_version=0, now=NOW, today=TODAY), ChangedMeanwhile(0, 1)),
        (lambda one: one.confirm(by=BY, expected_version=3, now=NOW), ChangedMeanwhile(3, 1)),
        (lambda one: one.put(NAMED, by=BY, expected_version=1, now=NOW, today=TODAY), ReportNotFound(ID.report_id)),
        (lambda _: Report(ID, ReportKind.HOUSING).confirm(by=BY, expected_version=0, now=NOW),
         ReportNotFound(ID.report_id)),
        (lambda one: one.withdraw(by=replace(BY, role=Role.SETTLEMENT_READER), expected_version=1, now=NOW),
         RoleMayNotWrite(Role.SETTLEMENT_READER)),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused(do: Any, refused: object) -> None:
    """Another version, another kind, what is not there, and who only reads."""
    assert do(entered()) == refused


@given(st.integers(-800, 800))
def test_a_date_of_another_age_is_a_mistyped_year(days: int) -> None:
    """Homes and moves lie within a year of today."""
    day = TODAY + timedelta(days=days)
    for content in (replace(HOMES, available_from=day), replace(SELF, moves_in=day)):
        kind = ReportKind.HOUSING if isinstance(content, Homes) else ReportKind.SELF_SETTLEMENT
        decided = Report(ID, kind).put(content, by=BY, expected_version=0, now=NOW, today=TODAY)
        assert isinstance(decided, DateTooFarAway) == (abs(days) > 366)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(codes.ReportKind, contract.ReportKind), (codes.ReportStatus, contract.ReportStatus),
     (codes.ReportStep, contract.ReportStep), (codes.HomeFeature, contract.HomeFeature),
     (codes.FamilyTie, contract.FamilyTie)],
)  # fmt: skip
def test_codes_equal_those_that_travel(ours: Any, theirs: Any) -> None:
    """Each value of either can be turned into the other."""
    assert {code.value for code in ours} == {code.value for code in theirs}
