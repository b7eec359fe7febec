"""A table as a workbook: texts are texts and never formulas or links, days are days, the headings stay in sight.

Written row by row to a temporary file, in a thread: neither memory nor the event loop is held by a long one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gateway.exports.tables import Row, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY = "dd.mm.yyyy"
LONGEST_TEXT = 32_767
"""Characters that a cell may hold in Excel."""
WIDTHS = (10, 40)
NAME = str.maketrans("", "", "[]:*?/\\'")
LONGEST_NAME = 31


async def write(table: Table) -> bytes:
    """Write the whole table."""
    with TemporaryDirectory(prefix="fordeling-") as folder:
        path = Path(folder) / "table.xlsx"
        book = await asyncio.to_thread(_Book, path, table)
        async for chunk in table.rows:
            await asyncio.to_thread(book.add, chunk)
        await asyncio.to_thread(book.close)
        return await asyncio.to_thread(path.read_bytes)


class _Book:
    """One workbook with one sheet, written downwards."""

    def __init__(self, path: Path, table: Table) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = Workbook(str(path), options)
        self._sheet: Worksheet = self._book.add_worksheet(table.name.translate(NAME)[:LONGEST_NAME])
        self._day: Any = self._book.add_format({"num_format": DAY})
        bold: Any = self._book.add_format({"bold": True})
        self._columns = len(table.headings)
        self._row = 1
        for column, heading in enumerate(table.headings):
            self._sheet.set_column(column, column, min(max(len(heading) + 2, WIDTHS[0]), WIDTHS[1]))
        self._sheet.freeze_panes(1, 0)
        for column, heading in enumerate(table.headings):
            self._sheet.write_string(0, column, heading, bold)

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows below those that are there."""
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    self._sheet.write_datetime(self._row, column, cell, self._day)
                elif isinstance(cell, int):
                    self._sheet.write_number(self._row, column, cell)
                elif cell:
                    self._sheet.write_string(self._row, column, cell[:LONGEST_TEXT])
            self._row += 1

    def close(self) -> None:
        """Finish the file."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), self._columns - 1)
        self._book.close()
