"""Days are counted in Europe/Oslo, wherever the process runs (domain §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
DEFAULT_DAYS = timedelta(days=7)
"""IMDi expects an answer within a week unless the list says otherwise."""


def day_in_oslo(moment: datetime) -> date:
    """Tell the date in Norway at an aware moment."""
    return moment.astimezone(OSLO).date()


def default_deadline(received_at: datetime) -> date:
    """Tell the deadline of a list that names none."""
    return day_in_oslo(received_at) + DEFAULT_DAYS


def is_late(accepted_at: datetime, deadline: date) -> bool:
    """Whether an answer that the gateway took at that moment is late: a deadline is the end of its date in Norway."""
    return day_in_oslo(accepted_at) > deadline


@dataclass(frozen=True, slots=True)
class Week:
    """A week of ISO 8601, which begins on Monday. ``year``: the week's own; it has a Thursday in that year."""

    year: int
    week: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Give the week that a day is in."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    @property
    def first_day(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def last_day(self) -> date:
        """Its Sunday."""
        return date.fromisocalendar(self.year, self.week, 7)

    def __str__(self) -> str:
        """Write it as ISO 8601 does: ``2026-W53``."""
        return f"{self.year}-W{self.week:02}"
