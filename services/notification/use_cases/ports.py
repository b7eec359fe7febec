"""What the use cases need from outside, as Protocols. Adapters implement them; the first ones over one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.notification.domain.choices import Choice
from services.notification.domain.mail import Announcement, Mail, MailState, Municipality
from services.notification.domain.notices import Change, MailFailure, Notice, NoticeKind
from services.notification.domain.watches import Watch


class Notices(Protocol):
    """The notices."""

    async def add(self, changes: Sequence[Change]) -> Collection[str]:
        """Keep and publish new notices, each id once; one whose id is taken stays as it is. Returns the ids added."""

    async def open(self, municipality_id: str, notice_ids: Collection[str]) -> list[Notice]:
        """Read those of the notices that are this municipality's, by id, locked until the transaction ends."""

    async def lock(self, notice_id: str) -> Notice:
        """Read a notice that is there, locked until the transaction ends."""

    async def lock_all(self, notice_ids: Collection[str]) -> list[Notice]:
        """Read notices that are there, by id, locked in that order until the transaction ends."""

    async def save(self, changes: Sequence[Change], traces: Sequence[str | None] = ()) -> None:
        """Keep and publish what happened to notices: events first, then each notice's state, in the given order.

        traces: traceparents of what each change goes on from; without, all go on from the work in hand.
        """


class Announcements(Protocol):
    """What mails tell, and the copies of municipalities that they need."""

    async def keep_municipality(self, municipality: Municipality, version: int) -> None:
        """Keep a municipality as it is in ``version``; an older version changes nothing."""

    async def municipality(self, municipality_id: str) -> Municipality | None:
        """Read a municipality; of one that has merged, with those that are written to now."""

    async def municipalities(self, municipality_ids: Collection[str]) -> Mapping[str, Municipality]:
        """Read those that are here, each as in ``municipality``, by id."""

    async def deadlines(self, list_ids: Collection[str]) -> Mapping[str, date]:
        """Tell the lists' deadlines as they were last announced, of those of which one was."""

    async def add(self, announcements: Mapping[str, Announcement]) -> None:
        """Keep what the mails about notices tell, by notice id."""

    async def await_municipality(self, notice_id: str, municipality_id: str) -> bool:
        """Have a notice's mails wait for the municipality; True where it is here and nothing waits."""

    async def arrived(self, municipality_id: str, version: int) -> list[tuple[str, str]]:
        """Remember that the municipality is here; give (notice id, municipality id) of what waited for it."""


class Choices(Protocol):
    """How users want notices to reach them."""

    async def held(self, municipality_ids: Collection[str]) -> Sequence[Choice]:
        """Read the choices in municipalities, by municipality and user."""

    async def lock(self, municipality_id: str) -> Sequence[Choice]:
        """Read them; nobody else changes one in this municipality until the transaction ends."""

    async def save(self, choice: Choice) -> None:
        """Keep and publish a choice in the place of the user's former one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a receiver's digest. ``notice_ids``: oldest first."""

    municipality_id: str
    receiver: str
    notice_ids: tuple[str, ...]


class Digests(Protocol):
    """What waits for daily digests, and the digests made of it."""

    async def wait(self, items: Sequence[tuple[str, str]]) -> None:
        """Have notices wait for their receivers' next digests, each (notice id, receiver)."""

    async def due(self, due_at: datetime, day: date, limit: int) -> list[Waiting]:
        """Read whom something waits for that came about before ``due_at``, and who has had no digest of that day."""

    async def make(self, mail_id: str, waiting: Waiting, day: date) -> int:
        """Plan a mail about all that waits, and have it wait no longer. Returns 1; 0 where there is such a mail."""

    async def drop(self, waiting: Waiting) -> None:
        """Have it wait no longer: the receiver is none any more."""


class Watches(Protocol):
    """What is waited for, and is told where it does not come."""

    async def put(self, watches: Sequence[Watch]) -> None:
        """Wait; what is waited for already has the new time."""

    async def find(self, kind: NoticeKind, list_id: str, items: Collection[str]) -> list[Watch]:
        """Read what is waited for, told of or not, by item; ``due_at`` of what was told is long ago."""

    async def forget(self, kind: NoticeKind, items: Collection[tuple[str, str]]) -> None:
        """Wait no longer for these, each (list id, item)."""

    async def take_due(self, now: datetime, limit: int) -> list[Watch]:
        """Take what is due by now, longest due first: it is told, and due no more unless it is put again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail in hand.

    token: tells this claim from an earlier one of the mail, whose holder may still be at work.
    tries: how often it has been put off, the first time at ``put_off_since``.
    traces: traceparents of the notices that it is about, of those that were traced.
    """

    mail: Mail
    token: int
    tries: int
    put_off_since: datetime | None
    traces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndedMail:
    """A mail that has ended. failure: None where it was sent. receiver: None where that is no longer known."""

    mail_id: str
    notice_ids: tuple[str, ...]
    failure: MailFailure | None
    receiver: str | None


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be sent at once."""

    mail_id: str
    notice_id: str
    receiver: str


class Mails(Protocol):
    """The mails on their way. One transaction. Where a claim is no longer the last, nothing is done: False."""

    async def plan(self, mails: Sequence[NewMail]) -> int:
        """Plan mails; one that there is stays as it is. Returns how many are new."""

    async def may_be_heard(self, notice_id: str) -> bool:
        """Tell whether a mail about a notice may have arrived, is under way or waits for a digest.

        Also where nobody needs to hear of it any more: the list is answered or withdrawn.
        """

    async def claim(self, limit: int, until: datetime) -> list[Claim]:
        """Claim mails that are due, longest due first. Who does not end one by ``until`` has died."""

    async def begin_hand_over(self, claims: Sequence[Claim], until: datetime) -> Collection[Claim]:
        """Note that the mail server may have them from now on; gives those whose claim is the last."""

    async def take_as_handed_over(self, claims: Sequence[Claim]) -> Collection[Claim]:
        """Note that the mail server has taken them; gives those whose claim is the last."""

    async def put_back(self, claim: Claim, not_before: datetime) -> bool:
        """Leave a mail to a later round: nobody has seen it."""

    async def put_off(self, claim: Claim, not_before: datetime, code: int) -> bool:
        """Have it tried again, since the server said so."""

    async def end(self, claim: Claim, state: MailState, failure: MailFailure | None, code: int | None) -> bool:
        """Note how it ended."""

    async def lost(self, limit: int) -> list[Claim]:
        """Read mails whose holder died while handing them over."""

    async def ended(self, mail_id: str) -> EndedMail | None:
        """Read a mail that has ended; None where there is none such."""

    async def bounce(self, mail: EndedMail, code: int) -> bool:
        """Note that it came back; False where it has changed meanwhile."""

    async def under_way(self, mail_id: str) -> bool:
        """Tell whether a mail is there that has not ended."""

    async def resume(self, mail: EndedMail) -> bool:
        """Have it sent as one that was never tried; False where that is no longer to be decided."""

    async def take_as_sent(self, mail: EndedMail) -> bool:
        """Note that it has arrived after all; False as in ``resume``."""

    async def forget(self, ended_before: datetime) -> int:
        """Erase the receivers of mails that ended earlier; returns how many."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One transaction. ``now``: its time, aware, UTC."""

    now: datetime
    notices: Notices
    announcements: Announcements
    mails: Mails
    choices: Choices
    digests: Digests
    watches: Watches


class Records(Protocol):
    """Notes what becomes of mails in hand, each for good when it returns. False where a claim is no longer the last."""

    async def begin_hand_over(self, claim: Claim) -> bool:
        """Note that the mail server may have it from now on."""

    async def sent(self, claim: Claim) -> bool:
        """Note that the mail server has taken it."""


class Units(Protocol):
    """Opens transactions outside the handling of messages."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Commit at the end of the block, roll back on any exception."""


class PutOffError(Exception):
    """The server does not take the mail now, but may later: an SMTP reply 4xx. ``code``: its number."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class RefusedError(PutOffError):
    """The server does not take the mail, now or later: an SMTP reply 5xx, or an address it has no way to write."""


class ContentRefusedError(RefusedError):
    """It had nothing against the receiver and does not take the mail: that says nothing of the address."""


class ServerUnavailableError(Exception):
    """No server, or one that does not let us in: nothing to do with any one mail, and none has been handed over."""


class OutcomeUnknownError(Exception):
    """The connection ended while a mail was handed over: the server may have it."""


class Session(Protocol):
    """A connection to the mail server."""

    async def address(self, receiver: str, mail_id: str) -> None:
        """Begin a mail. Nothing is delivered by this. Raises PutOffError, RefusedError, ServerUnavailableError."""

    async def hand_over(self, content: bytes) -> None:
        """Hand over the mail that was begun. Raises PutOffError, ContentRefusedError, OutcomeUnknownError."""


class MailServer(Protocol):
    """The mail server."""

    @property
    def most(self) -> int:
        """How many connections there may be at once."""

    def room(self, most: int) -> int:
        """Tell how many mails to take in hand, at most so many."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Take a connection. Raises ServerUnavailableError."""

    async def tidy(self) -> None:
        """Let go of what is not needed while there are no mails."""


class Composer(Protocol):
    """Writes mails."""

    def compose(self, mail: Mail) -> bytes:
        """Write it as it travels (RFC 5322); the same mail gives the same bytes."""
