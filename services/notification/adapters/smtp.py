"""The mail server over SMTP (RFC 5321), by aiosmtplib."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import structlog
from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from services.notification.use_cases.ports import (
    OutcomeUnknownError,
    PutOffError,
    RefusedError,
    ServerUnavailableError,
)

log = structlog.get_logger(__name__)

PERMANENT, TEMPORARY = 5, 4
CANNOT_BE_WRITTEN = 553
"""Mailbox name not allowed: what a server would say of an address that cannot be put to it."""

# What no mailbox of ours has, and what would end or change the command it stands in.
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+""")


class SmtpUrlError(ValueError):
    """The URL of a mail server is none."""


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """Where the mail server is. ``tls``: from the first byte; else STARTTLS, always before a password is told."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> SmtpUrl:
        """Read ``smtp://host:port`` or ``smtps://user:password@host``. Raises SmtpUrlError, which tells no value."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SmtpUrlError("its port is no number") from None
        if parts.scheme not in {"smtp", "smtps"}:
            raise SmtpUrlError("it must begin with smtp:// or smtps://")
        if not parts.hostname:
            raise SmtpUrlError("it names no host")
        tls = parts.scheme == "smtps"
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password or "") if username else None
        usual = 465 if tls else 587 if username else 25
        return cls(parts.hostname, port or usual, tls, username, password)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server. ``sender``: the address that undeliverable mails go back to; ``timeout`` of a command: seconds."""

    url: SmtpUrl
    sender: str
    timeout: float

    @asynccontextmanager
    async def session(self) -> AsyncIterator[SmtpSession]:
        """Connect, with TLS where it is offered, and log in. Raises ServerUnavailableError."""
        client = SMTP(
            hostname=self.url.host,
            port=self.url.port,
            use_tls=self.url.tls,
            start_tls=True if self.url.username and not self.url.tls else False if self.url.tls else None,
            username=self.url.username,
            password=self.url.password,
            timeout=self.timeout,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            log.warning("mail server does not let us in", error=type(error).__name__, code=getattr(error, "code", None))
            raise ServerUnavailableError from error
        try:
            yield SmtpSession(client, self.sender)
        finally:
            with suppress(SMTPException, OSError):
                await client.quit()
            client.close()


@dataclass(slots=True)
class SmtpSession:
    """A connection, for one mail after the other."""

    client: SMTP
    sender: str
    begun: bool = False

    async def address(self, receiver: str) -> None:
        """Begin a mail. Raises PutOffError, RefusedError, ServerUnavailableError."""
        if not _ADDRESS.fullmatch(receiver):
            raise RefusedError(CANNOT_BE_WRITTEN)
        international = not receiver.isascii()
        options = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
        encoding = "utf-8" if international else "ascii"
        try:
            if self.begun:
                await self.client.rset()
            self.begun = True
            if international and not self.client.supports_extension("smtputf8"):
                raise RefusedError(CANNOT_BE_WRITTEN)
            await self.client.mail(self.sender, options=options, encoding=encoding)
            await self.client.rcpt(receiver, encoding=encoding)
        except SMTPSenderRefused as error:
            if error.code // 100 == TEMPORARY:
                raise PutOffError(error.code) from None
            # It would refuse every mail: somebody has to mend the settings, and then all are sent.
            log.error("mail server refuses our sender", code=error.code)  # noqa: TRY400
            raise ServerUnavailableError from None
        except SMTPRecipientRefused as error:
            raise _refusal(error.code) from None
        except (SMTPException, OSError) as error:
            raise ServerUnavailableError from error

    async def hand_over(self, content: bytes) -> None:
        """Hand over the mail that was begun. Raises PutOffError, RefusedError, OutcomeUnknownError."""
        try:
            await self.client.data(content)
        except SMTPResponseException as error:
            if error.code // 100 in {PERMANENT, TEMPORARY}:
                raise _refusal(error.code) from None
            raise OutcomeUnknownError from None
        except (SMTPException, OSError):
            raise OutcomeUnknownError from None


def _refusal(code: int) -> PutOffError:
    return RefusedError(code) if code // 100 == PERMANENT else PutOffError(code)
