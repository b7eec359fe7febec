"""When a daily digest is due: at 07:30 in Norway, on working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
MORNING = time(7, 30)
SATURDAY = 5

FIXED = ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))
FROM_EASTER = (-3, -2, 0, 1, 39, 49, 50)
"""Maundy Thursday, Good Friday, Easter, its Monday, Ascension, Whitsun and its Monday, in days from Easter Sunday."""


def is_working_day(day: date) -> bool:
    """Whether it is no Saturday, Sunday or public holiday of Norway (helligdagsfredloven § 2; 1 and 17 May)."""
    if day.weekday() >= SATURDAY or (day.month, day.day) in FIXED:
        return False
    return (day - easter(day.year)).days not in FROM_EASTER


def easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    month = (h - m + r + 90) // 25
    return date(year, month, (h - m + r + month + 19) % 32)


def morning_of(day: date) -> datetime:
    """Give the moment of a day's digest, aware, UTC."""
    return datetime.combine(day, MORNING, OSLO).astimezone(UTC)


def last_digest(now: datetime) -> datetime:
    """Give the last moment, at ``now`` at the latest, at which a digest was due: aware, UTC."""
    day = now.astimezone(OSLO).date()
    while not is_working_day(day) or morning_of(day) > now:
        day -= timedelta(days=1)
    return morning_of(day)
