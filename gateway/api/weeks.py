"""A week as clients write and read it, everywhere: ``2026-W53`` (ISO 8601), as problems tell weeks too."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from contracts.distribution.v1 import Week as WeekOfMessages
from contracts.weeks import IsoWeek, monday_of, week_of


def _has_week_53(year: int) -> bool:
    return date(year, 12, 28).isocalendar().week == 53  # noqa: PLR2004  28 December is always in the last week


LONG_YEARS = [year for year in range(2000, 2100) if _has_week_53(year)]

WEEK: JsonSchemaValue = {
    "type": "string",
    "pattern": "^20([0-9]{2}-W(0[1-9]|[1-4][0-9]|5[0-2])|("
    + "|".join(f"{year % 100:02}" for year in LONG_YEARS)
    + ")-W53)$",
}
"""The rule of ``IsoWeek`` as the document tells it: not all years have a week 53."""

ApiWeek = Annotated[IsoWeek, WithJsonSchema(WEEK)]


def to_message(week: str) -> WeekOfMessages:
    """Write it as messages about a settlement do, which keep year and number apart."""
    year, number, _ = monday_of(week).isocalendar()
    return WeekOfMessages(year=year, week=number)


def from_message(week: WeekOfMessages) -> str:
    """Write such a message's week as the API does."""
    return week_of(date.fromisocalendar(week.year, week.week, 1))
