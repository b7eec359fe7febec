"""ISO weeks (ISO 8601), as messages, pages and municipal systems write them: ``2026-W53``.

A week belongs to the year that has its Thursday: 1 January 2027 lies in ``2026-W53``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

PATTERN = r"^20[0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-3])$"


def monday_of(week: str) -> date:
    """Give the week's first day. Raises ValueError where the week is none, e.g. a week 53 of a year with 52."""
    if not re.fullmatch(PATTERN, week):
        raise ValueError("is not an ISO week such as 2026-W53")
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def week_of(day: date) -> str:
    """Give the week that a day lies in."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def weeks_from(day: date, count: int) -> list[str]:
    """Give so many weeks, the first of them the one that ``day`` lies in."""
    return [week_of(day + timedelta(weeks=ahead)) for ahead in range(count)]


def _there_is(week: str) -> str:
    monday_of(week)
    return week


IsoWeek = Annotated[str, Field(pattern=PATTERN), AfterValidator(_there_is)]
"""A week that there is."""
