"""Files that users and systems take along: how they are made, and that no more than a few are made at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog
from litestar import Response

from gateway.exports import csv_file, xlsx_file
from gateway.exports.tables import Table

log = structlog.get_logger(__name__)

AT_ONCE = 2
"""Files that one gateway process makes at once; others wait for their turn."""


class FileKind(StrEnum):
    """What a file is written as."""

    CSV = "csv"
    XLSX = "xlsx"


WRITERS: Mapping[FileKind, tuple[str, Callable[[Table], Awaitable[bytes]]]] = {
    FileKind.CSV: (csv_file.MEDIA_TYPE, csv_file.write),
    FileKind.XLSX: (xlsx_file.MEDIA_TYPE, xlsx_file.write),
}


@dataclass(frozen=True, slots=True)
class Files:
    """Makes files, each held in memory whole when it is done: their rows are bounded."""

    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def answer(self, table: Table, kind: FileKind, *, municipality_id: str, user_id: str) -> Response[Any]:
        """Make the file, as an answer that is saved and not shown; the log has who took it, not what is in it."""
        media_type, write = WRITERS[kind]
        # closed at once where the one who asked has gone: the rows hold a connection to the database
        async with self.turns, aclosing(table.rows):
            content = await write(table)
        log.info("file_taken", table=table.name, kind=kind.value, municipality_id=municipality_id, user_id=user_id)
        name = f"{table.name}.{kind.value}"
        return Response(
            content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )
