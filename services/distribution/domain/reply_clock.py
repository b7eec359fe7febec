"""The reply clock: what time does to a list that is not answered, and how IMDi sets it back (domain §4).

A deadline is the end of its date in Norway. Its clock speaks on three days: two days before, on the day, and the day
after. It says the last of them that has come and never an earlier one: after a stop of days that is one fact.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.codes import ListStatus, Reminder
from services.distribution.domain.events import DeadlineExtended, DeadlineReached
from services.distribution.domain.lists import Decided, DistributionList, Extension
from services.distribution.domain.problems import Problem

DAYS_BEFORE = timedelta(days=2)
RUNS = frozenset({ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT, ListStatus.APPROVED})
"""Whose clock runs: an answered or withdrawn list is waited for no more."""


def speaks_on(deadline: date) -> dict[Reminder, date]:
    """Tell the day on which each reminder about a deadline falls due, in their order."""
    return {
        Reminder.NEAR: deadline - DAYS_BEFORE,
        Reminder.TODAY: deadline,
        Reminder.OVERDUE: deadline + timedelta(days=1),
    }


def next_reminder(current: DistributionList) -> date | None:
    """Tell the day on which the list's clock speaks next; None where it has nothing more to say.

    What was due on the day of the receipt, or of the extension, or before, these themselves have told.
    """
    if current.status not in RUNS:
        return None
    told_on = day_in_oslo(current.told_at or current.received_at)
    return next((day for day in speaks_on(current.deadline).values() if day > told_on), None)


def is_overdue(current: DistributionList) -> bool:
    """Whether it has been told that the deadline is over, and the list still waits."""
    return current.status in RUNS and next_reminder(current) is None


def remind(current: DistributionList, *, at: datetime) -> Decided:
    """Say what the clock says at that moment, where it has not been said. Nobody's work on the list is touched."""
    today, due = day_in_oslo(at), next_reminder(current)
    if due is None or today < due:
        return current, ()
    kind = next(kind for kind, day in reversed(speaks_on(current.deadline).items()) if day <= today)
    events = (DeadlineReached(current.version + 1, kind, current.deadline, len(current.present)),)
    return current.after(events, told_at=at), events


def extend(current: DistributionList, deadline: date, *, at: datetime) -> Decided | list[Problem]:
    """Give the municipality until a later date. Its clock starts anew; an extension told again changes nothing."""
    if any(made.deadline == deadline for made in current.extensions):
        return current, ()
    problems = []
    if current.withdrawn is not None:
        problems.append(Problem("list_id", "list-withdrawn", "The list has been withdrawn."))
    elif current.answered is not None:
        problems.append(Problem("list_id", "already-answered", "The list has been answered."))
    if deadline <= day_in_oslo(at):
        problems.append(Problem("deadline", "deadline-past", "The deadline must be later than today."))
    elif deadline <= current.deadline:
        problems.append(Problem("deadline", "deadline-not-later", "The deadline must be later than the present one."))
    if problems:
        return problems
    events = (DeadlineExtended(current.version + 1, current.deadline, deadline, len(current.present)),)
    extensions = (*current.extensions, Extension(at, current.deadline, deadline))
    return current.after(events, deadline=deadline, told_at=at, extensions=extensions), events
