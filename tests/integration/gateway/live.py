"""What the tests of live pages share: state as the projector gets it, and a dispatcher over a real database."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.clock import SystemClock
from chassis.reading.subscriptions import Received, Record
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts.envelope import Envelope, Message
from gateway.readmodel.projector import project
from gateway.readmodel.tables import TABLES
from tests.browser.stage import world

SECONDS = 60.0
OFFSETS = itertools.count()


def received(
    body: Message, sequence: int = 1, *, at: datetime | None = None, republished: bool = False
) -> Received[Any]:
    """Make a state's record as the projector gets it."""
    key = TABLES[type(body)].key(body)
    record = Record("topic", 0, next(OFFSETS), 0, key.encode(), (), body.model_dump_json().encode())
    time_of = at or world.now()
    envelope = Envelope(
        f"{key}:{sequence}", "/test", body.message_type, key, time_of, sequence, republished=republished
    )
    return Received(envelope, body, record)


async def write(pool: Pool, *batch: Received[Any], schema: str = "readmodel") -> None:
    """Project a batch in a transaction of its own."""
    async with Transactions(pool, "/test", SystemClock()).begin() as transaction:
        await project(batch, transaction, schema)


async def until(holds: Callable[[], Awaitable[Any] | Any]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = holds()
        if await found if isinstance(found, Awaitable) else found:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@dataclass
class Page:
    """An open page's stream over a socket, read as a browser reads it. ``status``: of the answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int
    headers: str
    events: list[dict[str, Any]] = field(default_factory=list)
    beats: int = 0
    closed: bool = False
    _task: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, port: int, path: str, cookie: str, *, last: str | None = None) -> Page:
        """Open a stream, with the id of the last event that was had."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        resumed = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n"
            f"{resumed}\r\n".encode()
        )
        await writer.drain()
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)).decode()
        page = cls(reader, writer, int(head.split(" ", 2)[1]), head.lower())
        page._task = asyncio.create_task(page._read())
        return page

    async def _read(self) -> None:
        """Read chunks until the one that ends the answer, or the connection."""
        found = b""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                found += (await self.reader.readexactly(size + 2))[:size]
                *whole, found = found.split(b"\n\n")
                for block in whole:
                    self._take(block.decode())
        self.closed = True

    def _take(self, block: str) -> None:
        fields: dict[str, str] = {}
        for line in block.splitlines():
            name, mark, value = line.partition(": ")
            if mark and name in {"id", "event", "data"}:
                fields[name] = value
        if "data" in fields:
            event = {"event": fields.get("event", "message"), "id": fields.get("id"), **json.loads(fields["data"])}
            self.events.append(event)
        else:
            self.beats += 1

    @property
    def kinds(self) -> Sequence[str]:
        """What it has been told, in order."""
        return [event.get("kind", event["event"]) for event in self.events]

    async def close(self) -> None:
        """Go away without a word, as browsers do."""
        self.writer.close()
        assert self._task is not None
        await asyncio.gather(self._task, return_exceptions=True)
