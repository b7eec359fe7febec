"""A table as it becomes a file: headings, and rows that come some hundred at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | date | None
"""A moment is given as its day in Norway, or as text."""

Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """``name``: of the file, without its ending, and of the sheet. ``rows``: read once, in chunks, and closed."""

    name: str
    headings: Sequence[str]
    rows: AsyncGenerator[Sequence[Row]]
