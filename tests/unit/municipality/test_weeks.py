"""ISO weeks, whichever way a year falls: in the domain, in messages and in what a municipality tells of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts import weeks as contract
from services.municipality.domain.codes import ReportKind, Role
from services.municipality.domain.refusals import WeekOver, WeekTooFarAhead
from services.municipality.domain.report_contents import WEEKS_AHEAD, WeeklyPlaces
from services.municipality.domain.report_plain import content_of, plain
from services.municipality.domain.reports import WEEKLY_PLACES_ID, Report, ReportId, Who
from services.municipality.domain.weeks import Week

DAYS = st.dates(date(2015, 1, 1), date(2060, 12, 31))
AHEAD = st.integers(0, WEEKS_AHEAD)
PLANS = st.dictionaries(AHEAD, st.integers(0, 500), max_size=12)
BY = Who("u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER)
WEEK: TypeAdapter[str] = TypeAdapter(contract.IsoWeek)


def plan(today: date, told: dict[int, int]) -> WeeklyPlaces:
    return WeeklyPlaces({Week.of(today).later(ahead): places for ahead, places in told.items()})


def put(report: Report, content: WeeklyPlaces, today: date) -> Report:
    now = datetime.combine(today, datetime.min.time(), UTC)
    decided = report.put(content, by=BY, expected_version=report.version, now=now, today=today)
    assert isinstance(decided, tuple), decided
    return decided[0]


def new() -> Report:
    return Report(ReportId("k-0301", WEEKLY_PLACES_ID), ReportKind.WEEKLY_PLACES)


@given(DAYS)
def test_every_day_lies_in_one_week_that_reads_back(day: date) -> None:
    """The week holds the day, comes back from its text, is the contract's, and is followed by the next Monday's."""
    week = Week.of(day)
    assert week.monday <= day <= week.sunday
    assert week.monday.isoweekday() == 1
    assert Week.parse(str(week)) == week
    assert contract.week_of(day) == WEEK.validate_python(str(week)) == str(week)
    assert contract.monday_of(str(week)) == week.monday
    assert week.later(1).monday == week.monday + timedelta(days=7)
    assert week < week.later(1)


@given(DAYS, st.integers(1, 110))
def test_weeks_follow_one_another_over_new_year(day: date, count: int) -> None:
    """None is left out and none comes twice, in texts as in the domain, and their texts sort as they follow."""
    weeks = contract.weeks_from(day, count)
    assert weeks == [str(Week.of(day).later(ahead)) for ahead in range(count)]
    assert weeks == sorted(set(weeks))


@pytest.mark.parametrize(
    ("day", "week"),
    [("2026-12-31", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"), ("2024-12-30", "2025-W01"),
     ("2028-02-29", "2028-W09"), ("2020-12-28", "2020-W53")],
)  # fmt: skip
def test_the_turn_of_the_year_and_a_leap_day(day: str, week: str) -> None:
    """A week belongs to the year that has its Thursday."""
    assert str(Week.of(date.fromisoformat(day))) == week


@pytest.mark.parametrize("text", ["2025-W53", "2026-W54", "2026-W00", "2026W01", "2026-W1", "1999-W01", "26-W01", ""])
def test_a_week_that_there_is_not_is_refused(text: str) -> None:
    """Week 53 of a year with 52, and whatever is none, does not get into a message."""
    with pytest.raises(ValidationError):
        WEEK.validate_python(text)


@given(DAYS, PLANS, PLANS, st.integers(0, 80))
def test_what_is_over_stays_as_it_was_told_in_time(today: date, first: dict[int, int], second: dict[int, int],
                                                  days: int) -> None:  # fmt: skip
    """Told anew later, the weeks from then on are those of the second telling, and earlier ones those of the first."""
    later = today + timedelta(days=days)
    before = put(new(), plan(today, first), today)
    after = put(before, plan(later, second), later)
    told = after.content.places if isinstance(after.content, WeeklyPlaces) else {}
    assert {week: places for week, places in told.items() if week >= Week.of(later)} == plan(later, second).places
    over = {week: places for week, places in plan(today, first).places.items() if week < Week.of(later)}
    assert {week: places for week, places in told.items() if week < Week.of(later)} == over


@given(DAYS, PLANS, PLANS)
def test_the_history_leads_from_one_telling_to_the_next(today: date, first: dict[int, int], second: dict[int, int]
                                                       ) -> None:  # fmt: skip
    """Each step's weeks, applied one after the other, give what holds; a step without a change is none."""
    report = put(put(new(), plan(today, first), today), plan(today, second), today)
    told: dict[Week, int] = {}
    for change in report.changes:
        assert change.weeks
        for one in change.weeks:
            assert told.get(one.week) == one.before != one.after
            if one.after is None:
                del told[one.week]
            else:
                told[one.week] = one.after
    assert told == plan(today, second).places
    assert report.version == len(report.changes) == bool(first) + (first != second)


@given(DAYS, PLANS)
def test_weeks_read_back_as_they_were_written(today: date, first: dict[int, int]) -> None:
    """What is kept, and travels, is what was told."""
    assert content_of(ReportKind.WEEKLY_PLACES, plain(plan(today, first))) == plan(today, first)


@given(DAYS, st.integers(0, 500))
def test_the_past_is_not_rewritten_and_the_future_has_an_end(today: date, places: int) -> None:
    """A week that is over is refused unless it says what was said; so is one more than a year ahead."""
    report = put(new(), plan(today, {0: places}), today)
    next_week = today + timedelta(weeks=1)
    for told in (places + 1, places):
        content = WeeklyPlaces({Week.of(today): told})
        decided = report.put(
            content, by=BY, expected_version=1, now=datetime.combine(next_week, datetime.min.time(), UTC),
            today=next_week,
        )  # fmt: skip
        assert isinstance(decided, WeekOver) == (told != places)
    far = plan(today, {WEEKS_AHEAD + 1: places})
    now = datetime.combine(today, datetime.min.time(), UTC)
    refused = report.put(far, by=BY, expected_version=1, now=now, today=today)
    assert refused == WeekTooFarAhead(str(Week.of(today).later(WEEKS_AHEAD)))
