"""The one place that wires notification."""

from __future__ import annotations

from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from chassis.service import Running, Service
from chassis.settings import Settings
from chassis.variables import SettingsError
from contracts.upcasts import UPCASTS
from services.notification.adapters.choice_states import ChoiceStates
from services.notification.adapters.composing import MailComposer
from services.notification.adapters.figures import FIGURES
from services.notification.adapters.notices import PgNotices
from services.notification.adapters.republishing import NoticeStates
from services.notification.adapters.restored import doubt_mails
from services.notification.adapters.smtp import SmtpServer
from services.notification.adapters.smtp_pool import SmtpPool
from services.notification.adapters.smtp_url import SmtpUrl, SmtpUrlError, trust
from services.notification.adapters.units import PgUnits, unit_of
from services.notification.domain.mail import Patience
from services.notification.domain.throttle import Throttle
from services.notification.entrypoints.orders import orders
from services.notification.entrypoints.postman import Postman
from services.notification.entrypoints.recorder import Recorder
from services.notification.entrypoints.subscribers import Subscribers
from services.notification.entrypoints.timers import timers
from services.notification.use_cases.send_mail import Rules, Sender

NAME = "notification"


class NotificationSettings(Settings):
    """What notification needs beside what every service does. Times are in seconds."""

    smtp_url: str = Field(repr=False)
    """``smtp://host:port`` (by STARTTLS, on this machine where it is offered) or ``smtps://user:password@host``."""
    mail_from: str
    """Whom mails come from, as ``Fordeling <no-reply@example.no>``; undeliverable ones go back there."""
    public_url: str
    """The pages' address, for the links in mails."""
    smtp_ca_file: Path | None = None
    """Authorities (PEM) that the mail server's certificate is checked against, instead of the machine's."""
    smtp_plain: bool = False
    """Whether mails may go in the clear to another machine where STARTTLS is not offered: NOTIFICATION_SMTP_PLAIN."""
    smtp_connections: int = Field(default=3, ge=1, le=50)
    """Connections to the mail server at once, of one process: NOTIFICATION_SMTP_CONNECTIONS."""
    mails_per_minute: float = Field(default=1200.0, ge=0)
    """The most that one process hands over; 0 for no bound: NOTIFICATION_MAILS_PER_MINUTE."""
    smtp_timeout: float = Field(default=30.0, gt=0)
    """Of one command to the mail server: NOTIFICATION_SMTP_TIMEOUT."""
    claim_seconds: float = Field(default=120.0, gt=0)
    """How long a claimed mail is left to its claimant, who may have died: NOTIFICATION_CLAIM_SECONDS."""
    mail_pause: float = Field(default=60.0, gt=0)
    """The first pause of a mail that was put off; each further one is twice as long: NOTIFICATION_MAIL_PAUSE."""

    @model_validator(mode="after")
    def _outlasts_a_hand_over(self) -> Self:
        if self.claim_seconds < 3 * self.smtp_timeout:
            raise ValueError("CLAIM_SECONDS must be three times SMTP_TIMEOUT at least")
        return self


class PostOffice:
    """The postman with what it needs, from the service's start to its stop."""

    def __init__(self, settings: NotificationSettings) -> None:
        sender = _sender(settings.mail_from)
        if urlsplit(settings.public_url).scheme not in {"http", "https"}:
            raise SettingsError("PUBLIC_URL: it must begin with http:// or https://")
        try:
            url = SmtpUrl.parse(settings.smtp_url)
        except SmtpUrlError as error:
            raise SettingsError(f"SMTP_URL: {error}") from None
        try:
            trusted = trust(settings.smtp_ca_file)
        except OSError:
            raise SettingsError("NOTIFICATION_SMTP_CA_FILE: no file with certificates (PEM)") from None
        server = SmtpServer(url, sender.addr_spec, settings.smtp_timeout, trusted, plain=settings.smtp_plain)
        self._pool = SmtpPool(server, Throttle(settings.mails_per_minute or None), settings.smtp_connections)
        self._composer = MailComposer(sender, settings.public_url)
        patience = Patience(first=timedelta(seconds=settings.mail_pause))
        self._longest = max(settings.stuck_after, settings.claim_seconds)
        self._rules = Rules(timedelta(seconds=settings.claim_seconds), patience)
        self._postman: Postman | None = None
        self._recorder: Recorder | None = None

    def wake(self) -> None:
        """Wake the postman."""
        if self._postman is not None:
            self._postman.errands.wake()

    async def start(self, running: Running) -> None:
        """Start the postman."""
        units = PgUnits(running.transactions)
        self._recorder = Recorder(units, self._rules.lease)
        sender = Sender(units, self._recorder, self._composer, self._rules)
        self._postman = Postman(sender, self._pool, longest=self._longest, rushed=running.rushed)
        self._postman.errands.start()
        running.vitals.watch("postman", self._postman.errands.stuck)

    async def stop(self, _running: Running) -> None:
        """Finish the mails in hand."""
        if self._postman is not None:
            await self._postman.errands.stop()
        if self._recorder is not None:
            await self._recorder.stop()
        await self._pool.close()


def bootstrap(settings: NotificationSettings) -> Service:
    """Make the service. Raises SettingsError."""
    office = PostOffice(settings)
    return Service(
        name=NAME,
        source=f"/fordeling/{NAME}",
        subscriptions=Subscribers(notices=PgNotices, unit=unit_of, wake=office.wake).subscriptions(),
        timers=timers(unit_of, office.wake),
        migrations="services.notification.migrations",
        figures=FIGURES,
        state=[NoticeStates(), ChoiceStates()],
        upcasts=UPCASTS,
        after_restore=[doubt_mails],
        on_start=[office.start],
        on_stop=[office.stop],
        orders=orders(unit_of, office.wake),
    )


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    try:
        if not local or not domain or not address.isascii():
            raise SettingsError("MAIL_FROM: it must be an address, as Fordeling <no-reply@example.no>")
        return Address(name, local, domain)
    except (ValueError, HeaderParseError):
        raise SettingsError("MAIL_FROM: it must be an address, as Fordeling <no-reply@example.no>") from None
