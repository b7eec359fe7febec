"""Days are counted in Europe/Oslo, wherever the process runs (domain §4)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def day_in_norway(moment: datetime) -> date:
    """Tell the date of an aware time in Norway."""
    return moment.astimezone(OSLO).date()
