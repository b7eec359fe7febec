"""A real SMTP relay with a certificate of an authority of its own, that counts who is connected."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"
_REPORTING = re.compile(r" (?:RET=HDRS|ENVID=\S+)")


@dataclass(frozen=True)
class Authority:
    """An authority and a certificate that it gave: both in files (PEM)."""

    ca_file: Path
    certificate: Path

    def server_side(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate)
        return context


def authority(folder: Path, *, host: str = HOST) -> Authority:
    """Make one, and a certificate for ``host``."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of our own")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = _unsigned(issuer, ca_key, issuer).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    ca = ca.add_extension(usage, critical=True)
    try:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
    except ValueError:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    own = _unsigned(subject, key, issuer).add_extension(names, critical=False)
    own = own.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    made = Authority(folder / "ca.pem", folder / "relay.pem")
    folder.mkdir(parents=True, exist_ok=True)
    pem = serialization.Encoding.PEM
    made.ca_file.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.certificate.write_bytes(own.sign(ca_key, hashes.SHA256()).public_bytes(pem) + secret)
    return made


def _unsigned(subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


@dataclass
class Relay:
    """What it has taken and seen. ``says``: what it answers to a receiver, by the number of times it was asked."""

    says: Callable[[str, int], str] = lambda _receiver, _asked: "250 OK"
    reports: bool = False
    """Whether it offers delivery status notifications (RFC 3461)."""
    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    asked: int = 0
    encrypted: set[bool] = field(default_factory=set)
    connections: int = 0
    """So many were made, in all."""
    open: set[asyncio.BaseTransport] = field(default_factory=set)
    most: int = 0
    """So many were open at once."""
    envelope_ids: list[str] = field(default_factory=list)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]] if self.reports else responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked += 1
        assert server.transport is not None
        self.encrypted.add(server.transport.get_extra_info("ssl_object") is not None)
        answer = self.says(address, self.asked)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.taken.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"

    @asynccontextmanager
    async def running(
        self, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
    ) -> AsyncIterator[None]:
        """Listen; with TLS from the first byte, or by STARTTLS."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Counted(self, tls_context=starttls, require_starttls=starttls is not None, loop=loop),
            HOST,
            self.port,
            ssl=tls,
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            self.hang_up()

    async def until_none_is_open(self) -> None:
        """Wait until the last connection has ended."""
        async with asyncio.timeout(30):
            while self.open:
                self._ended.clear()
                await self._ended.wait()

    def lost(self, transport: asyncio.BaseTransport) -> None:
        """Note that a connection has ended."""
        self.open.discard(transport)
        self._ended.set()

    def hang_up(self) -> None:
        """End all connections, with no word."""
        for transport in list(self.open):
            transport.close()


class _Counted(SMTP):
    """Beside what a handler can do: counts connections, and hears what an envelope is called."""

    def __init__(
        self,
        relay: Relay,
        *,
        tls_context: ssl.SSLContext | None,
        require_starttls: bool,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(relay, tls_context=tls_context, require_starttls=require_starttls, loop=loop)
        self._relay = relay
        self._first: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._first is None:  # STARTTLS calls it once more
            self._first = transport
            self._relay.connections += 1
            self._relay.open.add(transport)
            self._relay.most = max(self._relay.most, len(self._relay.open))
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._first is not None:
            self._relay.lost(self._first)
        super().connection_lost(error)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
        if self._relay.reports:
            self._relay.envelope_ids += re.findall(r"ENVID=(\S+)", arg)
            arg = _REPORTING.sub("", arg)
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802
        await super().smtp_RCPT(arg.replace(" NOTIFY=FAILURE", "") if self._relay.reports else arg)
