"""The reply clock: when it speaks, that it does so once, and how IMDi sets it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from services.distribution.adapters.messages import event_id, list_state
from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import PlacementPolicy, Reminder, WithdrawalReason
from services.distribution.domain.events import DeadlineExtended, DeadlineReached
from services.distribution.domain.lists import DistributionList, Extension
from services.distribution.domain.refusals import VersionConflict
from services.distribution.domain.reply_clock import extend, is_overdue, next_reminder, remind
from services.distribution.domain.treatment import approve, save_decisions
from services.distribution.domain.withdrawal import withdraw_list
from tests.unit.distribution.samples import AT, KARI, NO_HOUSING, OLA, a_list, asked, form

DEADLINE = date(2026, 12, 1)
DAY = timedelta(days=1)


def waiting(received_at: datetime = AT, deadline: date = DEADLINE) -> DistributionList:
    """Give a list of three that nobody has looked at."""
    return replace(a_list(), received_at=received_at, deadline=deadline)


def told(current: DistributionList, at: datetime) -> tuple[DistributionList, list[Reminder]]:
    """Let the clock speak; gives the list and what was said."""
    after, events = remind(current, at=at)
    kinds = [event.reminder for event in events if isinstance(event, DeadlineReached)]
    assert len(kinds) == len(events) == after.version - current.version
    return after, kinds


def answered(current: DistributionList, at: datetime) -> DistributionList:
    """Give the list with its answer sent."""
    approved = approve(current, form(current), asked(current, at=at))
    assert isinstance(approved, tuple)
    sent = send_answer(approved[0], asked(approved[0], at=at), accepted_at=at, policy=PlacementPolicy.AUTOMATIC)
    assert isinstance(sent, tuple)
    return sent[0]


def test_it_speaks_two_days_before_on_the_day_and_the_day_after() -> None:
    """Looked at every hour it says each once; the events tell the day and how many wait."""
    current, said = waiting(), []
    for hours in range(24 * 12):
        before = current
        current, kinds = told(current, AT + timedelta(hours=hours))
        said += [(kind, (AT + timedelta(hours=hours)).date()) for kind in kinds]
        if kinds:
            assert remind(before, at=AT + timedelta(hours=hours))[1] == (
                DeadlineReached(before.version + 1, kinds[0], DEADLINE, 3),
            )
    # From 23.00 UTC on it is the next day in Norway.
    assert said == [
        (Reminder.NEAR, date(2026, 11, 28)),
        (Reminder.TODAY, date(2026, 11, 30)),
        (Reminder.OVERDUE, date(2026, 12, 1)),
    ]
    assert list_state(current).overdue


@pytest.mark.parametrize(
    ("days", "expected"),
    [(4, []), (5, [Reminder.NEAR]), (6, [Reminder.NEAR]), (7, [Reminder.TODAY]), (8, [Reminder.OVERDUE]),
     (300, [Reminder.OVERDUE])],
)  # fmt: skip
def test_after_a_stop_it_says_one_thing_the_last_that_holds(days: int, expected: list[Reminder]) -> None:
    """However many days were missed, and nothing more that day."""
    current, kinds = told(waiting(), AT + timedelta(days=days))
    assert kinds == expected
    assert told(current, AT + timedelta(days=days, hours=3))[1] == []


@pytest.mark.parametrize(
    ("days", "next_day"),
    [(0, DAY), (1, DAY), (2, 2 * DAY), (3, DAY)],
)
def test_what_the_arrival_has_told_is_not_told_again(days: int, next_day: timedelta) -> None:
    """A list that comes with a deadline of tomorrow is spoken of tomorrow, not beside the notice of its arrival."""
    assert next_reminder(waiting(deadline=AT.date() + timedelta(days=days))) == AT.date() + next_day


@pytest.mark.parametrize(
    ("deadline", "last"),
    [
        (date(2026, 12, 1), datetime(2026, 12, 1, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 6, 30), datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)),
        # Summer time begins and ends on these days: 23 and 25 hours long.
        (date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_the_end_of_its_date_in_norway(deadline: date, last: datetime) -> None:
    """In the last second it is today, in the next one it is over: in winter and summer, and on New Year's Eve."""
    current = waiting(received_at=last - timedelta(days=9), deadline=deadline)
    current, kinds = told(current, last)
    assert kinds == [Reminder.TODAY]
    current, kinds = told(current, last + timedelta(seconds=1))
    assert kinds == [Reminder.OVERDUE]
    assert is_overdue(current)


def test_nobody_waits_for_a_list_that_is_answered_or_withdrawn() -> None:
    """Its clock has stopped; one that was overdue is so no more."""
    late, _ = told(waiting(), AT + 9 * DAY)
    sent = answered(late, AT + 9 * DAY)
    assert (is_overdue(late), is_overdue(sent), sent.late) == (True, False, True)
    withdrawn = withdraw_list(waiting(), WithdrawalReason.OTHER, at=AT)
    assert isinstance(withdrawn, tuple)
    for current in (answered(waiting(), AT), sent, withdrawn[0]):
        assert next_reminder(current) is None
        assert told(current, AT + 30 * DAY)[1] == []


def test_an_open_form_outlives_a_reminder_and_an_extension() -> None:
    """It names the version of before and is taken; a colleague's draft still makes it stale."""
    seen = waiting()
    current, _ = told(seen, AT + 5 * DAY)
    extended = extend(current, DEADLINE + DAY, at=AT + 5 * DAY)
    assert isinstance(extended, tuple)
    saved = save_decisions(extended[0], form(seen, _1=NO_HOUSING), asked(seen.version))
    assert isinstance(saved, tuple)
    reminded, kinds = told(saved[0], AT + 7 * DAY)
    assert kinds == [Reminder.NEAR]
    refused = save_decisions(reminded, form(seen), asked(seen.version, OLA))
    assert isinstance(refused, VersionConflict)
    assert refused.by == KARI.display_name


def test_an_extension_starts_the_clock_anew() -> None:
    """Of a list that was overdue each kind is told again, about the new day, under ids of their own."""
    overdue, _ = told(waiting(), AT + 9 * DAY)
    new = DEADLINE + 10 * DAY
    decided = extend(overdue, new, at=AT + 9 * DAY)
    assert isinstance(decided, tuple)
    current, events = decided
    assert events == (DeadlineExtended(overdue.version + 1, DEADLINE, new, 3),)
    assert (current.deadline, is_overdue(current)) == (new, False)
    assert current.extensions == (Extension(AT + 9 * DAY, DEADLINE, new),)
    said = []
    for days in range(9, 25):
        current, kinds = told(current, AT + timedelta(days=days))
        said += kinds
    assert said == [Reminder.NEAR, Reminder.TODAY, Reminder.OVERDUE]


def test_an_extension_told_again_changes_nothing() -> None:
    """Also after a later one, and after the answer: it was heeded when it came."""
    once = extend(waiting(), DEADLINE + DAY, at=AT)
    assert isinstance(once, tuple)
    assert extend(once[0], DEADLINE + DAY, at=AT + DAY) == (once[0], ())
    twice = extend(once[0], DEADLINE + 3 * DAY, at=AT + DAY)
    assert isinstance(twice, tuple)
    sent = answered(twice[0], AT + DAY)
    assert extend(sent, DEADLINE + DAY, at=AT + 30 * DAY) == (sent, ())


@pytest.mark.parametrize(
    ("deadline", "at", "code"),
    [
        (DEADLINE, AT, "deadline-not-later"),
        (DEADLINE - DAY, AT, "deadline-not-later"),
        (DEADLINE + DAY, AT + 8 * DAY, "deadline-past"),
        (AT.date(), AT, "deadline-past"),
    ],
)
def test_a_deadline_moves_forward_only(deadline: date, at: datetime, code: str) -> None:
    """Never to today, nor to the present one or before it; the field is named."""
    found = extend(waiting(), deadline, at=at)
    assert isinstance(found, list)
    assert [(problem.path, problem.code) for problem in found] == [("deadline", code)]


def test_a_list_that_waits_for_nothing_is_not_extended() -> None:
    """Answered or withdrawn; every mistake is told at once."""
    withdrawn = withdraw_list(waiting(), WithdrawalReason.OTHER, at=AT)
    assert isinstance(withdrawn, tuple)
    for current, code in ((answered(waiting(), AT), "already-answered"), (withdrawn[0], "list-withdrawn")):
        found = extend(current, DEADLINE - DAY, at=AT)
        assert isinstance(found, list)
        assert [(one.path, one.code) for one in found] == [("list_id", code), ("deadline", "deadline-not-later")]


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("clock"), st.integers(-30, 400)),
        st.tuples(st.just("extend"), st.integers(-2, 12)),
        st.tuples(st.just("save"), st.just(0)),
        st.tuples(st.just("answer"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(moves=MOVES, days=st.integers(0, 9), start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001
def test_whatever_the_clock_does_each_thing_is_said_once(
    moves: list[tuple[str, int]], days: int, start: datetime
) -> None:
    """Ahead and back, by hours: no id comes twice, none early, in their order, none after the answer."""
    now = start.replace(tzinfo=UTC)
    current = waiting(received_at=now, deadline=now.date() + timedelta(days=days))
    ids: Counter[str | None] = Counter()
    said: dict[date, list[Reminder]] = {}
    for what, number in moves:
        if what == "clock":
            now += timedelta(hours=number)
            before = current
            current, events = remind(current, at=now)
            for event in events:
                assert isinstance(event, DeadlineReached)
                assert before.answered is None
                ids[event_id(current, event)] += 1
                said.setdefault(event.deadline, []).append(event.reminder)
            due = next_reminder(current)
            assert due is None or remind(current, at=now) == (current, ())
        elif what == "extend":
            decided = extend(current, current.deadline + timedelta(days=number), at=now)
            current = decided[0] if isinstance(decided, tuple) else current
        elif current.answered is None and what == "save":
            saved = save_decisions(current, form(current, str(now)), asked(current, at=now))
            current = saved[0] if isinstance(saved, tuple) else current
        elif current.answered is None:
            current = answered(current, now)
    assert set(ids.values()) <= {1}
    for kinds in said.values():
        assert kinds == sorted(kinds, key=list(Reminder).index)
        assert len(kinds) == len(set(kinds))
