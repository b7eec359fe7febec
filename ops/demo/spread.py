"""How a national year falls out: over municipalities by population, over the days as they really come, over sizes."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from ops.paths import ROOT

DIVISION = ROOT / "services" / "municipality" / "data" / "municipalities-2024-01-01.csv"
"""Our own dated table of municipalities and their residents: docs/data-provenance.md."""

OSLO = ZoneInfo("Europe/Oslo")
LARGEST_LIST = 500
"""The contract's limit of persons on a list."""

_MONTHS = (0.8, 1.0, 1.25, 1.15, 1.15, 1.0, 0.3, 0.85, 1.25, 1.3, 1.2, 0.9)
_CHRISTMAS = 0.1
_SIZES = {1: 5, 2: 22, 3: 24, 4: 22, 5: 11, 6: 7, 7: 4, 8: 3, 10: 1, 12: 1}
"""Shares of list sizes in per cent: 3.8 persons on average, as 10,000 lists for 38,000 persons need (domain §5)."""

_FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26), (12, 31))
_EASTER_HOLIDAYS = (-3, -2, 1, 39, 50)
_OPENS, _OPEN_SECONDS = time(8), 7 * 60 * 60


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality: its number and how many live there."""

    number: str
    population: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A list before its people are invented: to whom, of how many, and when IMDi would publish it."""

    municipality_number: str
    persons: int
    at: datetime


def division(file: Path = DIVISION) -> list[Place]:
    """Read the municipalities of our dated table."""
    with file.open(encoding="utf-8", newline="") as rows:
        return [Place(row["number"], int(row["population"])) for row in csv.DictReader(rows)]


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Share ``total`` out by weight, to the last one: whole parts first, then one each to the largest remainders."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def sizes(random: Random, lists: int, persons: int) -> list[int]:
    """Draw how many persons each list has; they add up to ``persons``. Raises ValueError where they cannot."""
    if not lists <= persons <= lists * LARGEST_LIST:
        raise ValueError(f"{lists} lists hold from {lists} to {lists * LARGEST_LIST} persons, not {persons}")
    drawn = random.choices(list(_SIZES), list(_SIZES.values()), k=lists)
    if persons >= 2 * sum(drawn):
        drawn = [min(part, LARGEST_LIST) for part in shares(persons, drawn)]
    left = persons - sum(drawn)
    step = 1 if left > 0 else -1
    while left:
        index = random.randrange(lists)
        if 1 <= drawn[index] + step <= LARGEST_LIST:
            drawn[index] += step
            left -= step
    return drawn


def working_days(year: int) -> Iterator[date]:
    """Yield the year's days but weekends and public holidays, 24 and 31 December."""
    easter = _easter(year)
    free = {date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    free |= {easter + timedelta(days=days) for days in _EASTER_HOLIDAYS}
    day = date(year, 1, 1)
    while day.year == year:
        if day.weekday() < 5 and day not in free:
            yield day
        day += timedelta(days=1)


def plan(random: Random, year: int, lists: int, persons: int, places: Sequence[Place]) -> list[Planned]:
    """Plan a year's lists, in the order of their publication. Raises ValueError as ``sizes`` does."""
    counts = shares(lists, [place.population for place in places])
    numbers = [place.number for place, count in zip(places, counts, strict=True) for _ in range(count)]
    random.shuffle(numbers)
    drawn = sizes(random, lists, persons)
    days = list(working_days(year))
    times = [
        datetime.combine(day, _OPENS, OSLO) + timedelta(seconds=seconds)
        for day, count in zip(days, shares(lists, [_weight(day) for day in days]), strict=True)
        for seconds in sorted(random.randrange(_OPEN_SECONDS) for _ in range(count))
    ]
    return [Planned(*one) for one in zip(numbers, drawn, times, strict=True)]


def _weight(day: date) -> float:
    around_christmas = (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6)
    return _CHRISTMAS if around_christmas else _MONTHS[day.month - 1]


def _easter(year: int) -> date:
    """Tell Easter Sunday (the Gregorian computus in the form of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
