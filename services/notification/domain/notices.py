"""A notice (varsel) on the work surface of a municipality's users, and who has read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class NoticeKind(StrEnum):
    """What a notice tells."""

    LIST_RECEIVED = "list_received"
    LIST_ANSWERED = "list_answered"
    LIST_WITHDRAWN = "list_withdrawn"
    PERSONS_WITHDRAWN = "persons_withdrawn"
    DEADLINE_NEAR = "deadline_near"
    DEADLINE_TODAY = "deadline_today"
    LIST_OVERDUE = "list_overdue"
    DEADLINE_EXTENDED = "deadline_extended"
    IMDI_WROTE = "imdi_wrote"
    COLLEAGUE_APPROVED = "colleague_approved"
    LETTER_UNREAD = "letter_unread"
    LETTER_TO_PAPER = "letter_to_paper"
    SETTLEMENT_DATE_MISSING = "settlement_date_missing"

    @property
    def once(self) -> bool:
        """Whether it can be told of a list once only."""
        return self in {NoticeKind.LIST_RECEIVED, NoticeKind.LIST_ANSWERED, NoticeKind.LIST_WITHDRAWN}

    @property
    def must_be_heard(self) -> bool:
        """Whether somebody has to hear of it: then it is told to IMDi where nobody can be written to."""
        return self in {
            NoticeKind.LIST_RECEIVED,
            NoticeKind.DEADLINE_NEAR,
            NoticeKind.DEADLINE_TODAY,
            NoticeKind.LIST_OVERDUE,
        }

    @property
    def of_letters(self) -> bool:
        """Whether it is about letters: how many, and of whom, is on the list's page alone."""
        return self in {NoticeKind.LETTER_UNREAD, NoticeKind.LETTER_TO_PAPER}


class MailFailure(StrEnum):
    """Why a mail is not known to have been sent; see ``contracts.codes``."""

    REFUSED = "refused"
    GAVE_UP = "gave_up"
    UNSURE = "unsure"
    BOUNCED = "bounced"


class MailDecision(StrEnum):
    """What operations decided about a mail that is not known to have been sent; see ``contracts.codes``."""

    RESEND = "resend"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Tally:
    """How the mails about a notice ended; those on their way are in none of these."""

    sent: int = 0
    failed: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, for all users of one municipality.

    version: number of events it has had.
    posted_at: when what it tells of happened, aware.
    read_by: pseudonymous ids of the users who have read it, in the order they did.
    """

    notice_id: str
    version: int
    municipality_id: str
    kind: NoticeKind
    list_id: str
    posted_at: datetime
    read_by: tuple[str, ...] = ()
    mail: Tally = Tally()


@dataclass(frozen=True, slots=True)
class NoticePosted:
    """The notice is on the work surface."""


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """A user has read it."""

    user_id: str


@dataclass(frozen=True, slots=True)
class MailSent:
    """The mail server has taken one mail about it. ``receiver``: the address."""

    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class MailFailed:
    """One mail about it is not known to have arrived. ``receiver``: the address, where it is still known."""

    failure: MailFailure
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class MailDecided:
    """Operations decided about one mail about it that had ended. ``receiver``: as in ``MailFailed``."""

    decision: MailDecision
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class NobodyToWriteTo:
    """The municipality has nobody who could be written to about it. ``unreached``: contacts whom mails do not reach."""

    unreached: int = 0


MailEnd: TypeAlias = MailSent | MailFailed
Event: TypeAlias = NoticePosted | NoticeRead | MailEnd | MailDecided | NobodyToWriteTo
Change: TypeAlias = tuple[Notice, Event]


@dataclass(frozen=True, slots=True)
class NoticeNotFound:
    """Refused: the municipality has no such notice. Another municipality's is refused alike."""

    notice_id: str


def post(notice_id: str, municipality_id: str, kind: NoticeKind, list_id: str, posted_at: datetime) -> Change:
    """Put a new notice on the work surface."""
    return Notice(notice_id, 1, municipality_id, kind, list_id, posted_at), NoticePosted()


def mark_read(notice: Notice, user_id: str) -> Change | None:
    """Note that the user has read it. None where that is known: a notice is read once by each."""
    if user_id in notice.read_by:
        return None
    return replace(notice, version=notice.version + 1, read_by=(*notice.read_by, user_id)), NoticeRead(user_id)


def nobody_to_write_to(notice: Notice, unreached: int = 0) -> Change:
    """Tell that no mail about it can be sent, or none has arrived. ``unreached``: contacts that there are."""
    return replace(notice, version=notice.version + 1), NobodyToWriteTo(unreached)


def end_mail(notice: Notice, end: MailEnd) -> Change:
    """Count how one mail about it ended."""
    tally = notice.mail
    match end:
        case MailSent():
            tally = replace(tally, sent=tally.sent + 1)
        case MailFailed(MailFailure.UNSURE):
            tally = replace(tally, unsure=tally.unsure + 1)
        case MailFailed():
            tally = replace(tally, failed=tally.failed + 1)
    return replace(notice, version=notice.version + 1, mail=tally), end


def bounce_mail(notice: Notice, receiver: str | None, *, was_unsure: bool) -> Change:
    """Count one mail about it, which was taken for sent or nobody was sure of, as failed: it came back."""
    tally = replace(notice.mail, failed=notice.mail.failed + 1)
    tally = replace(tally, unsure=tally.unsure - 1) if was_unsure else replace(tally, sent=tally.sent - 1)
    bounced = MailFailed(MailFailure.BOUNCED, receiver)
    return replace(notice, version=notice.version + 1, mail=tally), bounced


def decide_mail(notice: Notice, failure: MailFailure, decision: MailDecision, receiver: str | None = None) -> Change:
    """Take one mail about it out of those that ended so: it is on its way again, or counts as sent."""
    tally = notice.mail
    if failure is MailFailure.UNSURE:
        tally = replace(tally, unsure=tally.unsure - 1)
    else:
        tally = replace(tally, failed=tally.failed - 1)
    if decision is MailDecision.ARRIVED:
        tally = replace(tally, sent=tally.sent + 1)
    return replace(notice, version=notice.version + 1, mail=tally), MailDecided(decision, receiver)
