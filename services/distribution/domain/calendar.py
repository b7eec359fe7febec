"""Days are counted in Europe/Oslo, wherever the process runs (domain §4)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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
