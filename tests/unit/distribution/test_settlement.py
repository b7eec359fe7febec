"""Moving in: the day it happened, corrections, households at once, and the week that is planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings, strategies as st

from services.distribution.domain.answering import send_answer
from services.distribution.domain.calendar import Week, day_in_oslo
from services.distribution.domain.codes import PersonStatus, PlaceKind, PlacementPolicy
from services.distribution.domain.events import PersonPlace, PersonSettled, SettlementPlanned
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.persons import Planned, Settlement
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import (
    AlreadySettled,
    CorrectionReasonMissing,
    DecidedTwice,
    NotPlaced,
    PlannedWeekPast,
    PlannedWeekTooFar,
    Refusal,
    RoleMayNotWrite,
    SettlementBeforePlacement,
    SettlementInFuture,
    UnknownPerson,
    VersionConflict,
)
from services.distribution.domain.settlement import (
    MovedIn,
    plan_settlement,
    register_settlement,
    register_settlements,
)
from services.distribution.domain.treatment import approve
from tests.unit.distribution.samples import AT, KARI, NO_HOUSING, OLA, READER, a_list, asked, form

TODAY = date(2026, 11, 24)
FIRST, MINOR = PersonPlace(1, PlaceKind.ORDINARY), PersonPlace(3, PlaceKind.UNACCOMPANIED_MINOR)
LATER = AT + timedelta(days=60)
DAYS = st.dates(date(2020, 1, 1), date(2033, 1, 10))
SECONDS = st.integers(0, 24 * 3600 - 1)


def done(decided: Decided | Refusal | list[Problem]) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


def answered_list() -> DistributionList:
    """Two are placed on 24 November, the second is declined."""
    received = a_list()
    approved = done(approve(received, form(received, _2=NO_HOUSING), asked(received)))
    return done(send_answer(approved, asked(approved), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))


def placed_on(day: date) -> DistributionList:
    current = answered_list()
    return replace(current, persons=tuple(replace(one, placed_on=one.placed_on and day) for one in current.persons))


def test_a_household_moves_in_at_once() -> None:
    """One fact a person, each with a version of its own, and one change of the list."""
    answered = answered_list()
    moved_in = [MovedIn(3, date(2027, 1, 10)), MovedIn(1, date(2027, 1, 9))]
    settled, events = register_settlements(answered, asked(answered, OLA, LATER), moved_in)
    assert events == (
        PersonSettled(6, MINOR, placed_on=TODAY, settlement_date=date(2027, 1, 10)),
        PersonSettled(7, FIRST, placed_on=TODAY, settlement_date=date(2027, 1, 9)),
    )
    assert (settled.settled, settled.placed, settled.places_version, settled.version) == (2, 2, 7, 7)
    assert settled.persons[0].settlements == (Settlement(date(2027, 1, 9), LATER, OLA.display_name),)


def test_all_of_a_household_or_nobody() -> None:
    """One date that cannot be is refused by the person's number, and the others are not registered either."""
    answered = answered_list()
    moved_in = [MovedIn(1, TODAY), MovedIn(3, date(2026, 11, 23))]
    refused = register_settlements(answered, asked(answered), moved_in)
    assert refused == SettlementBeforePlacement(TODAY, 3)


def test_a_correction_says_why_and_keeps_what_was() -> None:
    """Another date needs a reason; the fact names what it corrects; the same date again is nothing."""
    answered = answered_list()
    first = done(register_settlements(answered, asked(answered, KARI, LATER), [MovedIn(3, date(2027, 1, 10))]))
    again = asked(first, OLA, LATER)
    assert register_settlements(first, again, [MovedIn(3, date(2027, 1, 10))]) == (first, ())
    for reason in (None, "", "  "):
        refused = register_settlements(first, again, [MovedIn(3, date(2027, 1, 11), reason)])
        assert refused == CorrectionReasonMissing((3,))
    corrected, events = register_settlements(first, again, [MovedIn(3, date(2027, 1, 11), " Feil dag. ")])
    assert events == (PersonSettled(7, MINOR, TODAY, settlement_date=date(2027, 1, 11), corrects=date(2027, 1, 10)),)
    assert corrected.persons[2].settlement_date == date(2027, 1, 11)
    assert corrected.persons[2].settlements == (
        Settlement(date(2027, 1, 10), LATER, KARI.display_name),
        Settlement(date(2027, 1, 11), LATER, OLA.display_name, "Feil dag."),
    )


def test_the_first_form_of_the_command_still_holds() -> None:
    """One person, and a correction without a reason."""
    answered = answered_list()
    settled = done(register_settlement(answered, asked(answered), running_number=1, settlement_date=TODAY))
    late = asked(settled, OLA, LATER)
    corrected, events = register_settlement(settled, late, running_number=1, settlement_date=date(2026, 12, 1))
    assert events == (PersonSettled(7, FIRST, TODAY, date(2026, 12, 1), corrects=TODAY),)
    assert [one.reason for one in corrected.persons[0].settlements] == [None, None]


@pytest.mark.parametrize(
    ("number", "day", "refusal"),
    [
        (1, date(2026, 11, 23), SettlementBeforePlacement(TODAY, 1)),
        (1, date(2026, 11, 25), SettlementInFuture(TODAY, 1)),
        (2, TODAY, NotPlaced(2)),
        (9, TODAY, UnknownPerson((9,))),
    ],
)
def test_a_settlement_is_between_placement_and_today(number: int, day: date, refusal: Refusal) -> None:
    """And of somebody who was placed (domain §4)."""
    answered = answered_list()
    assert register_settlement(answered, asked(answered), running_number=number, settlement_date=day) == refusal
    assert register_settlements(answered, asked(answered), [MovedIn(number, day)]) == refusal


@settings(deadline=None)
@given(placed=DAYS, settled=DAYS, today=DAYS, second=SECONDS)
@example(date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 29), 0)
@example(date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 1), 0)
@example(date(2026, 12, 31), date(2027, 1, 1), date(2026, 12, 31), 24 * 3600 - 1)
def test_any_day_holds_exactly_where_it_may(placed: date, settled: date, today: date, second: int) -> None:
    """From the placement to the day it is in Oslo, whatever the second; the fact keeps the placement's year."""
    now = datetime.combine(today, time(), ZoneInfo("Europe/Oslo")).astimezone(UTC) + timedelta(seconds=second)
    today = day_in_oslo(now)
    current = placed_on(placed)
    decided = register_settlements(current, asked(current, at=now), [MovedIn(1, settled)])
    assert isinstance(decided, tuple) == (placed <= settled <= today)
    if isinstance(decided, tuple):
        [event] = decided[1]
        assert isinstance(event, PersonSettled)
        assert (event.placed_on.year, event.settlement_date) == (placed.year, settled)


def test_the_day_changes_at_midnight_in_oslo() -> None:
    """On New Year's Eve at 23.59.59 nobody has moved in next year yet; a second later they may have."""
    current = answered_list()
    before = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    day = date(2027, 1, 1)
    refused = register_settlements(current, asked(current, at=before), [MovedIn(1, day)])
    assert refused == SettlementInFuture(date(2026, 12, 31), 1)
    midnight = asked(current, at=before + timedelta(seconds=1))
    assert done(register_settlements(current, midnight, [MovedIn(1, day)])).settled == 1


def test_a_settlement_needs_a_writer_the_present_version_and_each_person_once() -> None:
    """As all that a municipality asks does."""
    answered = answered_list()
    moved_in = [MovedIn(1, TODAY)]
    assert register_settlements(answered, asked(answered, READER), moved_in) == RoleMayNotWrite(READER.role)
    assert register_settlements(answered, asked(4), moved_in) == VersionConflict(4, 5, KARI.display_name, AT)
    assert register_settlements(answered, asked(answered), moved_in * 2) == DecidedTwice((1,))


def test_a_week_is_planned_changed_and_taken_back() -> None:
    """A fact each time, without a place moving; the same week again is nothing."""
    answered = answered_list()
    week = Week(2026, 53)
    planned, events = plan_settlement(answered, asked(answered, OLA), [1, 3], week)
    assert events == (SettlementPlanned(6, (1, 3), week),)
    assert planned.persons[0].planned == Planned(week, OLA.user_id, OLA.display_name, AT)
    assert planned.places_version == answered.places_version
    assert plan_settlement(planned, asked(planned), [1, 3], week) == (planned, ())
    changed, events = plan_settlement(planned, asked(planned), [1, 3], None)
    assert events == (SettlementPlanned(7, (1, 3), None),)
    assert [one.planned for one in changed.persons] == [None, None, None]


@pytest.mark.parametrize(
    ("numbers", "week", "refusal"),
    [
        ([1], Week(2026, 47), PlannedWeekPast(Week(2026, 48))),
        ([1], Week(2028, 49), PlannedWeekTooFar(Week(2028, 47))),
        ([1, 2], Week(2026, 50), NotPlaced(2)),
        ([9], Week(2026, 50), UnknownPerson((9,))),
        ([3], Week(2026, 50), AlreadySettled((3,))),
    ],
)
def test_a_week_that_cannot_be_is_refused(numbers: list[int], week: Week, refusal: Refusal) -> None:
    """It is over, too far ahead, or of somebody who is not placed or has moved in."""
    answered = answered_list()
    current = done(register_settlements(answered, asked(answered), [MovedIn(3, TODAY)]))
    assert plan_settlement(current, asked(current), numbers, week) == refusal


@settings(deadline=None)
@given(today=DAYS, weeks=st.integers(-60, 120))
@example(date(2020, 12, 31), 0)
@example(date(2021, 1, 3), 0)
@example(date(2026, 12, 28), 0)
def test_any_week_from_this_one_on_can_be_planned(today: date, weeks: int) -> None:
    """This week until its Sunday is over, two years ahead; also over New Year and in years of 53 weeks."""
    current = placed_on(date(2020, 1, 1))
    now = datetime.combine(today, time(12), UTC)
    week = Week.of(today + timedelta(weeks=weeks))
    assert week.first_day <= today + timedelta(weeks=weeks) <= week.last_day
    decided = plan_settlement(current, asked(current, at=now), [1], week)
    assert isinstance(decided, tuple) == (0 <= weeks <= 104)


def test_who_has_moved_in_keeps_the_week_as_history() -> None:
    """Planned for week 49, moved in during week 48."""
    answered = answered_list()
    planned = done(plan_settlement(answered, asked(answered), [1], Week(2026, 49)))
    settled = done(register_settlements(planned, asked(planned), [MovedIn(1, TODAY)]))
    assert settled.persons[0].status is PersonStatus.SETTLED
    assert settled.persons[0].planned is not None
    assert settled.persons[0].planned.week == Week(2026, 49)
