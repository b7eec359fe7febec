"""A way to PostgreSQL that can lose a connection at the worst moment: after the COMMIT, before the answer.

It passes bytes on unchanged and reads just enough of the protocol (version 3) to know who connects to which database,
and when a transaction is committed (https://www.postgresql.org/docs/18/protocol-message-formats.html).
"""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from ops.embedded.ports import LOOPBACK

START_SECONDS = 10.0
CONNECT_SECONDS = 5.0
PROTOCOL_3 = 196608
CANCEL = 80877102
ENCRYPTION = (80877103, 80877104)
"""What asks for TLS or GSS encryption: answered with "no", as the embedded server does."""


class Cut(StrEnum):
    """Where a connection is cut."""

    BEFORE_COMMIT = "before"
    """The COMMIT never reaches the server: what it was to commit is rolled back."""
    AFTER_COMMIT = "after"
    """The server has committed and said so; whoever asked never hears it."""


@dataclass
class _Order:
    """Cuts that are still to be made in a database, of sessions whose application name is one of these (or any)."""

    database: str
    cut: Cut
    left: int
    sessions: frozenset[str]


@dataclass
class Proxy:
    """One that runs. port: where it listens, on the loopback address."""

    port: int
    upstream: tuple[str, int]
    cuts: int = 0
    """How many connections it has cut so far."""
    _orders: list[_Order] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def url(self, direct: str) -> str:
        """Tell how a database is reached through it."""
        parts = urlsplit(direct)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}@{LOOPBACK}:{self.port}"))

    def cut_next(self, database: str, cut: Cut, times: int = 1, *sessions: str) -> None:
        """Cut the connections of the next ``times`` commits in a database; named ``sessions`` alone, where any are."""
        with self._turn:
            self._orders.append(_Order(database, cut, times, frozenset(sessions)))

    def take_back(self) -> None:
        """Cut nothing more."""
        with self._turn:
            self._orders.clear()

    @property
    def pending(self) -> int:
        """How many cuts are ordered and not made."""
        with self._turn:
            return sum(order.left for order in self._orders)

    def _strikes(self, database: str, session: str) -> Cut | None:
        with self._turn:
            for order in self._orders:
                fits = order.database == database and (not order.sessions or session in order.sessions)
                if fits and order.left:
                    order.left -= 1
                    self.cuts += 1
                    return order.cut
        return None


@contextmanager
def postgres_proxy(port: int, upstream_port: int, upstream_host: str = LOOPBACK) -> Iterator[Proxy]:
    """Keep a proxy, in a thread of its own, for as long as the block lasts. Raises OSError where the port is taken."""
    proxy = Proxy(port, (upstream_host, upstream_port))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="postgres proxy", daemon=True)
    thread.start()
    try:
        starting = asyncio.start_server(lambda reader, writer: _Session(proxy, reader, writer).run(), LOOPBACK, port)
        server = asyncio.run_coroutine_threadsafe(starting, loop).result(START_SECONDS)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            asyncio.run_coroutine_threadsafe(_close(server), loop).result(START_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class _Session:
    """One client's connection and ours to the server."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._database = ""
        self._name = ""
        self._swallow = False

    async def run(self) -> None:
        """Serve until either side ends, or the connection is cut."""
        server: asyncio.StreamWriter | None = None
        try:
            opening = await self._opening()
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, server = await asyncio.open_connection(*self._proxy.upstream)
            server.write(opening)
            ways = [asyncio.create_task(self._forth(server)), asyncio.create_task(self._back(reader))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the server is away, or the client is: the other is told by the end of its connection
        finally:
            for writer in (server, self._writer):
                if writer is not None:
                    writer.close()

    async def _opening(self) -> bytes:
        """Read the first message that has to be passed on: of a session, or to cancel what another one does."""
        while True:
            head = await self._reader.readexactly(8)
            length, code = struct.unpack("!II", head)
            rest = await self._reader.readexactly(length - 8)
            if code in ENCRYPTION:
                self._writer.write(b"N")
                continue
            if code != CANCEL:
                texts = rest.rstrip(b"\0").decode().split("\0")
                told = dict(zip(texts[::2], texts[1::2], strict=False))
                self._database = told.get("database", told.get("user", ""))
                self._name = told.get("application_name", "")
            return head + rest

    async def _forth(self, server: asyncio.StreamWriter) -> None:
        async for kind, message in _messages(self._reader):
            if kind == b"Q" and _commits(message) and (cut := self._proxy._strikes(self._database, self._name)):  # noqa: SLF001
                if cut is Cut.BEFORE_COMMIT:
                    return
                self._swallow = True
            server.write(message)
            await server.drain()

    async def _back(self, reader: asyncio.StreamReader) -> None:
        async for kind, message in _messages(reader):
            if self._swallow:
                if kind == b"Z":  # ready for the next: what was asked before is done
                    return
                continue
            self._writer.write(message)
            await self._writer.drain()


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bytes]]:
    """Take a stream apart into messages: the kind, and the whole message."""
    with suppress(asyncio.IncompleteReadError):
        while True:
            head = await reader.readexactly(5)
            [length] = struct.unpack("!I", head[1:])
            yield head[:1], head + await reader.readexactly(length - 4)


def _commits(message: bytes) -> bool:
    return message[5:].lstrip().upper().startswith(b"COMMIT")
