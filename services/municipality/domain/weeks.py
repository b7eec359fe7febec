"""ISO weeks: the year has 52 or 53, and each belongs to the year that has its Thursday."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week that there is. Raises ValueError for a week 53 of a year with 52."""

    year: int
    number: int

    def __post_init__(self) -> None:
        date.fromisocalendar(self.year, self.number, 1)

    @classmethod
    def of(cls, day: date) -> Self:
        """Give the week that a day lies in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2026-W53``. Raises ValueError."""
        year, _, number = text.partition("-W")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    def later(self, weeks: int) -> Week:
        """Give the week so many weeks on, across years of 52 and of 53 weeks."""
        return Week.of(self.monday + timedelta(weeks=weeks))
