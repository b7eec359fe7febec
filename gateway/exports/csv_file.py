"""A table as CSV that a Norwegian Excel opens by itself: semicolons, days as 22.05.2017, marked as UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from gateway.exports.formulas import safe
from gateway.exports.tables import Cell, Row, Table
from gateway.pages.format import day

MEDIA_TYPE = "text/csv"
MARK = "\ufeff"
"""Tells Excel that what follows is UTF-8."""


def csv_text(rows: Iterable[Row]) -> str:
    """Write rows, without the mark."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([_shown(cell) for cell in row] for row in rows)
    return text.getvalue()


async def write(table: Table) -> bytes:
    """Write the whole table."""
    parts = [MARK, csv_text([table.headings])]
    parts += [csv_text(chunk) async for chunk in table.rows]
    return "".join(parts).encode()


def _shown(cell: Cell) -> str | int:
    if isinstance(cell, date):
        return day(cell)
    return safe(cell) if isinstance(cell, str) else "" if cell is None else cell


def csv_bytes(rows: Sequence[Row]) -> bytes:
    """Write rows that are there already, with the mark."""
    return (MARK + csv_text(rows)).encode()
