"""E-mails about notices: what they tell, to whom, and when one that was put off is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.notification.domain.notices import NoticeKind

LONGEST_PAUSE = timedelta(hours=2)


class Language(StrEnum):
    """The written form of a mail."""

    BOKMAAL = "nb"
    NYNORSK = "nn"


class MailState(StrEnum):
    """How far a mail has come."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    HANDING_OVER = "handing_over"
    """From here on the mail server may have it, whatever happens to us."""
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Municipality:
    """What mails need of a municipality: addresses of its settlement writers, and of whom to turn to when overdue.

    successor: the id of what it is part of from ``merged_on``, whose people are written to then.
    four_eyes: whether another one must send an answer than the one who approved it.
    reached: the id of the one whose people these are, where that is a successor.
    unreached: those of the addresses that mails do not reach until the municipality has mended its contacts.
    """

    municipality_id: str
    name: str
    language: Language
    writers: tuple[str, ...]
    escalation: tuple[str, ...] = ()
    successor: str | None = None
    merged_on: date | None = None
    four_eyes: bool = False
    reached: str | None = None
    unreached: tuple[str, ...] = ()

    @property
    def written_as(self) -> str:
        """The id of the municipality in which its people have made their choices."""
        return self.reached or self.municipality_id

    def escalates(self, kind: NoticeKind) -> bool:
        """Whether a notice goes to the escalation contacts, and not to the writers."""
        return kind is NoticeKind.LIST_OVERDUE and bool(self._reachable(self.escalation))

    def concerned(self, kind: NoticeKind) -> tuple[str, ...]:
        """Tell all who may be told of a notice if need be, reached or not, each once."""
        return each_once((*self.escalation, *self.writers) if kind is NoticeKind.LIST_OVERDUE else self.writers)

    def in_need(self, kind: NoticeKind) -> tuple[str, ...]:
        """Tell whom a mail about it can go to where those who were to hear of it did not."""
        return self._reachable(self.concerned(kind))

    def receivers(self, kind: NoticeKind) -> tuple[str, ...]:
        """Tell whom a mail about a notice goes to, each once, and nobody whom mails do not reach.

        Of an overdue list the escalation contacts hear; where there is none, all writers.
        """
        return self._reachable(self.escalation if self.escalates(kind) else self.writers)

    def _reachable(self, addresses: Iterable[str]) -> tuple[str, ...]:
        closed = {one.casefold() for one in self.unreached}
        return each_once(one for one in addresses if one.casefold() not in closed)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a list was answered: how many are settled, on which day, and whether that was after the deadline."""

    accepted: int
    answered_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told of a list: numbers and days, nothing of any person.

    persons: how many are on it; of a withdrawal, how many were withdrawn. deadline: None where it is not known, or does
        not matter any more. answer: of an answered list.
    """

    persons: int
    deadline: date | None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that a digest tells of."""

    notice_id: str
    kind: NoticeKind
    list_id: str
    deadline: date | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, to one receiver.

    posted_at: when what it tells of happened, or a digest was due; aware.
    digest: the notices that a daily digest tells of, oldest first; ``notice_id`` and what belongs to it: the newest's.
    """

    mail_id: str
    receiver: str
    notice_id: str
    kind: NoticeKind
    list_id: str
    municipality_id: str
    municipality_name: str
    language: Language
    posted_at: datetime
    announcement: Announcement
    digest: tuple[Told, ...] = ()

    @property
    def notice_ids(self) -> tuple[str, ...]:
        """The notices that it is about."""
        return tuple(sorted(one.notice_id for one in self.digest)) or (self.notice_id,)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a mail that is put off is tried. ``first``: the first pause; each further one is twice as long."""

    first: timedelta = timedelta(minutes=1)
    whole: timedelta = timedelta(days=2)

    def next_try(self, tries: int, since: datetime, now: datetime) -> datetime | None:
        """Tell when to try again after it was put off ``tries`` times, the first at ``since``; None to give it up."""
        last = since + self.whole
        if now >= last:
            return None
        pause = self.first
        for _ in range(tries - 1):
            if pause >= LONGEST_PAUSE:
                break
            pause *= 2
        return min(now + min(pause, LONGEST_PAUSE), last)


def each_once(addresses: Iterable[str]) -> tuple[str, ...]:
    """Leave out an address that differs from an earlier one by upper and lower case only: it is the same mailbox."""
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(address.casefold(), address)
    return tuple(first.values())
