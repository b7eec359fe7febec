"""The two servers: SMTP that takes mails, and HTTP that shows them.

The rig of faults has the first one fail: by the switches of ``TROUBLES``, see ``chassis/faults.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import h11
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from chassis import faults
from chassis.running import plain_http
from ops.embedded.inbox.pages import Answer, answer
from ops.embedded.inbox.store import Store
from ops.embedded.ports import LOOPBACK

READ_SECONDS = 10.0
LARGEST_MAIL = 10_000_000
HOSTS = frozenset({"localhost", LOOPBACK})
COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


PUT_OFF, REFUSE, CLOSE, DROP, REJECT, TAKE_AND_DROP, TAKE_AND_HANG = TROUBLES = (
    "mail.put-off",
    "mail.refuse",
    "mail.close",
    "mail.drop",
    "mail.reject",
    "mail.take-and-drop",
    "mail.take-and-hang",
)
"""For as long as it is on: each receiver is put off with 451; refused with 550; put off with 421, and the connection
ends; the connection ends in the middle of a mail; a whole mail is refused with 554; the connection ends when the mail
is kept, before that is said; the mail is kept, and that is never said."""
HANG_SECONDS = 600.0
SwitchedOn = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Takes mails for anybody. aiosmtpd calls it by its methods' names."""

    store: Store
    switched_on: SwitchedOn

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a receiver."""
        if self.switched_on(PUT_OFF):
            return "451 4.7.1 Come back later"
        if self.switched_on(CLOSE) and server.transport is not None:
            await server.push("421 4.7.0 Too many mails, closing")
            server.transport.close()
            return "421 4.7.0 Closed"
        if self.switched_on(REFUSE):
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail; the answer is given when it is on the disk."""
        content = envelope.content
        assert isinstance(content, bytes)
        if self.switched_on(REJECT):
            return "554 5.6.0 Not like this"
        await asyncio.to_thread(self.store.keep, envelope.rcpt_tos, content)
        if server.transport is not None and self.switched_on(TAKE_AND_DROP):
            server.transport.close()
        if self.switched_on(TAKE_AND_HANG):
            await asyncio.sleep(HANG_SECONDS)
        return "250 OK"


class _Server(SMTP):
    """Beside what a handler can do: ends the connection."""

    def __init__(self, keeper: Keeper, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(keeper, enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL, hostname="localhost", loop=loop)
        self._keeper = keeper

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """Take a mail."""
        assert self.transport is not None
        if self._keeper.switched_on(DROP):
            await self.push("354 Go on")
            await self._reader.readline()
            self.transport.close()
            return
        await super().smtp_DATA(arg)


@dataclass(frozen=True, slots=True)
class Inbox:
    """A running inbox: its ports."""

    store: Store
    smtp_port: int
    web_port: int


@asynccontextmanager
async def inbox(
    folder: Path, smtp_port: int = 0, web_port: int = 0, switched_on: SwitchedOn = faults.switched_on
) -> AsyncIterator[Inbox]:
    """Serve for as long as the block lasts; port 0 is any free one. Raises OSError where a port is taken."""
    store, loop = Store(folder), asyncio.get_running_loop()

    def smtp() -> SMTP:
        return _Server(Keeper(store, switched_on), loop)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(store, reader, writer)

    async with (
        await loop.create_server(smtp, LOOPBACK, smtp_port) as mail,
        await asyncio.start_server(serve, LOOPBACK, web_port) as web,
    ):
        yield Inbox(store, mail.sockets[0].getsockname()[1], web.sockets[0].getsockname()[1])


async def _serve(store: Store, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h11.Connection(h11.SERVER)
    try:
        async with asyncio.timeout(READ_SECONDS):
            request = await plain_http.request(connection, reader)
        found = await asyncio.to_thread(_answer, store, request)
        headers = (COMMON | dict(found.headers)).items()
        writer.write(plain_http.answer(connection, found.status, headers, found.body))
        async with asyncio.timeout(READ_SECONDS):
            await writer.drain()
    except (h11.ProtocolError, TimeoutError, ConnectionError):
        pass  # whoever asked is told nothing, and the next one is served as well as before
    finally:
        writer.close()


def _answer(store: Store, request: h11.Request | None) -> Answer:
    plain = {"content-type": "text/plain; charset=utf-8"}
    if request is None or request.method != b"GET":
        return Answer(405, b"GET only\n", plain)
    host = dict(request.headers).get(b"host", b"").decode("latin-1")
    if urlsplit(f"//{host}").hostname not in HOSTS:
        # A page elsewhere whose name was pointed at this machine must not read the mails.
        return Answer(421, b"Wrong host\n", plain)
    return answer(store, request.target.decode("latin-1"))
