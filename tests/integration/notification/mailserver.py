"""A real SMTP server that does as it is told: takes, puts off, refuses, hangs or drops, by the receiver's name."""

from __future__ import annotations

import asyncio
import socket
import ssl
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

HOST = "127.0.0.1"


@dataclass
class Taken:
    """A mail that the server has said yes to, or would have."""

    receiver: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """A receiver's name says how it goes: ``later``, ``refused``, ``spam``, ``drop``, ``mute``, ``slow``."""

    port: int = 0
    reserved: socket.socket | None = None
    taken: list[Taken] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    well_behaved: bool = False
    """Whether names say nothing any more."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def to(self, receiver: str) -> list[Taken]:
        return [mail for mail in self.taken if mail.receiver == receiver]

    async def until(self, receiver: str, count: int = 1, *, asked: bool = False) -> None:
        """Wait until so many mails have been taken for a receiver, or asked about."""
        async with asyncio.timeout(90):
            while (self.asked[receiver] if asked else len(self.to(receiver))) < count:
                self.changed.clear()
                await self.changed.wait()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked[address] += 1
        self.changed.set()
        if address.startswith("refused") and not self.well_behaved:
            return "550 5.1.1 no such mailbox"
        if address.startswith("later") and self.asked[address] <= 2:
            return "451 4.7.1 come back later"
        if address.startswith("slow") and self.asked[address] == 1:
            await asyncio.sleep(600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        [receiver] = envelope.rcpt_tos
        if receiver.startswith("spam") and not self.well_behaved:
            return "554 5.7.1 looks like spam"
        assert isinstance(envelope.content, bytes)
        self.taken.append(Taken(receiver, envelope.content))
        self.changed.set()
        if receiver.startswith("mute") and not self.well_behaved:
            await asyncio.sleep(600)
        return "250 OK"

    def _reserve(self) -> int:
        """Choose the port once and stay bound to it: nobody else is given it while the server is away."""
        if self.reserved is None:
            self.reserved = socket.socket()
            self.reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.reserved.bind((HOST, 0))
            self.port = self.reserved.getsockname()[1]
            weakref.finalize(self, self.reserved.close)
        return self.port

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
        """Listen, with TLS where that is given; the port stays the same from one time to the next."""
        server = await asyncio.get_running_loop().create_server(
            lambda: _Server(self, enable_SMTPUTF8=True), HOST, self._reserve(), reuse_port=True, ssl=tls
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()


class _Server(SMTP):
    """Beside what a handler can do: ends the connection in the middle of a mail."""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        assert self.envelope is not None
        assert self.transport is not None
        if any(receiver.startswith("drop") for receiver in self.envelope.rcpt_tos):
            await self.push("354 go on")
            await self._reader.readline()
            self.transport.abort()
            return
        await super().smtp_DATA(arg)
