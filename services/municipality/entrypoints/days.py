"""Days as the domain counts them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def day_in_norway(now: datetime) -> date:
    """Tell the date in Europe/Oslo: deadlines and years are counted there (domain §4)."""
    return now.astimezone(OSLO).date()
