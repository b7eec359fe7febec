"""One connection to the mail server over SMTP (RFC 5321), by aiosmtplib."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from chassis.seeing import traced
from services.notification.adapters.smtp_url import SmtpUrl
from services.notification.use_cases.ports import (
    ContentRefusedError,
    OutcomeUnknownError,
    PutOffError,
    RefusedError,
    ServerUnavailableError,
)

log = structlog.get_logger(__name__)

PERMANENT, TEMPORARY = 5, 4
CANNOT_BE_WRITTEN = 553
"""Mailbox name not allowed: what a server would say of an address that cannot be put to it."""
CLOSING = 421
"""Service not available, closing the channel (RFC 5321, 3.8): the connection is of no more use."""
SLOWER = frozenset({CLOSING, 450, 451, 452})
"""How relays say that they are given too much: they shape, greylist, or have no room."""

# What no mailbox of ours has, and what would end or change the command it stands in.
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+@[^\s<>()\[\]\\,;:"@\x00-\x1f\x7f]+""")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server.

    sender: the address that undeliverable mails go back to. timeout: of a command, seconds.
    trusted: what its certificate is checked against. plain: mails may go to it in the clear.
    """

    url: SmtpUrl
    sender: str
    timeout: float
    trusted: ssl.SSLContext
    plain: bool = False

    async def connect(self) -> SMTP:
        """Connect, with TLS, and log in. Raises what aiosmtplib raises, OSError, ValueError."""
        client = SMTP(
            hostname=self.url.host,
            port=self.url.port,
            use_tls=self.url.tls,
            start_tls=self.url.start_tls(plain=self.plain),
            tls_context=self.trusted,
            username=self.url.username,
            password=self.url.password,
            timeout=self.timeout,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client


@dataclass(slots=True)
class SmtpSession:
    """A connection, for one mail after the other. ``told``: hears each code by which the server puts a mail off."""

    client: SMTP
    sender: str
    told: Callable[[int], None]
    mails: int = 0
    usable: bool = True
    """Whether another mail may be begun on it."""
    rested_at: float = field(default_factory=time.monotonic)
    """When its last mail was at its end."""

    async def address(self, receiver: str, mail_id: str) -> None:
        """Begin a mail. Raises PutOffError, RefusedError, ServerUnavailableError."""
        if not _ADDRESS.fullmatch(receiver):
            raise RefusedError(CANNOT_BE_WRITTEN)
        if not self.usable:
            raise ServerUnavailableError
        try:
            await self._address(receiver, mail_id)
        except SMTPSenderRefused as error:
            if error.code // 100 == TEMPORARY:
                raise self._refusal(error.code) from None
            # It would refuse every mail: somebody has to mend the settings, and then all are sent.
            log.error("mail server refuses our sender", code=error.code)  # noqa: TRY400
            self.usable = False
            raise ServerUnavailableError from None
        except SMTPRecipientRefused as error:
            raise self._refusal(error.code) from None
        except (SMTPException, OSError) as error:
            self.usable = False
            raise ServerUnavailableError from error

    async def _address(self, receiver: str, mail_id: str) -> None:
        international = not receiver.isascii()
        encoding = "utf-8" if international else "ascii"
        if self.mails:
            await self.client.rset()
        self.mails += 1
        if international and not self.client.supports_extension("smtputf8"):
            raise RefusedError(CANNOT_BE_WRITTEN)
        begin = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
        report = []
        if self.client.supports_extension("dsn"):
            # A report that it could not be delivered (RFC 3461) names it by this, and need not repeat it.
            begin += ["RET=HDRS", f"ENVID={mail_id}"]
            report = ["NOTIFY=FAILURE"]
        await self.client.mail(self.sender, options=begin, encoding=encoding)
        await self.client.rcpt(receiver, options=report, encoding=encoding)

    async def hand_over(self, content: bytes) -> None:
        """Hand over the mail that was begun. Raises PutOffError, ContentRefusedError, OutcomeUnknownError."""
        try:
            with traced.call("smtp data", {"peer.service": "smtp"}):
                await self.client.data(content)
        except SMTPResponseException as error:
            if error.code // 100 == PERMANENT:
                raise ContentRefusedError(error.code) from None
            if error.code // 100 == TEMPORARY:
                raise self._refusal(error.code) from None
            self.usable = False
            raise OutcomeUnknownError from None
        except (SMTPException, OSError):
            self.usable = False
            raise OutcomeUnknownError from None

    async def is_there(self) -> bool:
        """Tell whether the server still hears; asked of a connection that has rested."""
        try:
            await self.client.rset()
        except (SMTPException, OSError):
            return False
        return True

    async def close(self) -> None:
        """Say goodbye, unless the server has already."""
        if self.usable:
            with suppress(SMTPException, OSError):
                await self.client.quit()
        self.client.close()

    def _refusal(self, code: int) -> PutOffError:
        if code == CLOSING:
            self.usable = False
        if code // 100 == PERMANENT:
            return RefusedError(code)
        self.told(code)
        return PutOffError(code)
