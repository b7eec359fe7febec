"""Figures: a value a repeat, its median and spread, and whether its goal is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LARGE, SMALL = 100, 10


@dataclass(frozen=True, slots=True)
class Goal:
    """What the median is to be: at most ``limit``, or at least."""

    limit: float
    at_most: bool

    def met(self, value: float) -> bool:
        """Tell whether a value is within it; the limit itself is."""
        return value <= self.limit if self.at_most else value >= self.limit

    def __str__(self) -> str:
        """Write it as the table shows it."""
        return f"{'≤' if self.at_most else '≥'} {number(self.limit)}"


def at_most(limit: float) -> Goal:
    """Make a goal that is not to be passed."""
    return Goal(limit, at_most=True)


def at_least(limit: float) -> Goal:
    """Make a goal that is to be reached."""
    return Goal(limit, at_most=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    values: one a repeat. unit: of values and goal, e.g. ``ms``; ``%`` and ``x`` are ratios within a repeat.
    small: whether the goal is for a larger run than this was: then no verdict is given.
    """

    what: str
    unit: str
    values: Sequence[float]
    goal: Goal | None = None
    small: bool = False

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"{self.what}: nothing was measured")

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median meets the goal; None where there is none, or none for a run of this size."""
        return None if self.goal is None or self.small else self.goal.met(self.median)

    @property
    def verdict(self) -> str:
        """Say plainly how it came out."""
        if self.goal is not None and self.small:
            return "too small to tell"
        return {True: "met", False: "not met", None: ""}[self.met]

    def document(self) -> dict[str, Any]:
        """Write it for the file."""
        return {
            "what": self.what,
            "unit": self.unit,
            "median": round(self.median, 4),
            "lowest": round(min(self.values), 4),
            "highest": round(max(self.values), 4),
            "values": [round(value, 4) for value in self.values],
            "goal": None if self.goal is None else {"limit": self.goal.limit, "at_most": self.goal.at_most},
            "met": self.met,
            "verdict": self.verdict,
        }


def ratios(ours: Sequence[float], floor: Sequence[float], *, of: float = 1.0) -> list[float]:
    """Divide repeat by repeat, times ``of`` (100 for per cent): what slows a whole repeat slows both."""
    return [of * mine / bare for mine, bare in zip(ours, floor, strict=True)]


def percentile(values: Sequence[float], percent: int) -> float:
    """Give a percentile by interpolation; the value itself where there is but one."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def number(value: float) -> str:
    """Write a number with as many digits as it is worth."""
    if value == round(value) or abs(value) >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= SMALL else f"{value:.2f}"
