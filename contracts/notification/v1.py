"""What notification takes and tells, major version 1."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import MailDecision, MailFailure, NoticeKind
from contracts.envelope import Message
from contracts.fields import Actor, Count, ListId, MunicipalityId, Part, ShortText, Text


class MarkNoticesRead(Message):
    """The acting user has seen these notices. Key: the municipality id; subject: the municipality id."""

    message_type: ClassVar[str] = "notification.mark-notices-read.v1"
    municipality_id: MunicipalityId
    notice_ids: Annotated[list[Text], Field(min_length=1, max_length=500)]
    actor: Actor


class NoticePosted(Message):
    """A notice is on the work surface of a municipality's users. Subject: the notice id."""

    message_type: ClassVar[str] = "notification.notice-posted.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId


class NoticeRead(Message):
    """A user has read a notice."""

    message_type: ClassVar[str] = "notification.notice-read.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    user_id: ShortText


class MailSent(Message):
    """One e-mail about a notice was taken by the mail server.

    ``contact``: to whom, as ``contacts.contact_reference`` calls them; only who has the address can tell.
    """

    message_type: ClassVar[str] = "notification.mail-sent.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId
    contact: Text | None = None


class MailFailed(Message):
    """One e-mail about a notice is not known to have arrived, and is not tried again by itself.

    One that bounced was told as sent before. ``contact``: as in ``MailSent``; None where it is not known any more, or
    where the server refused the mail and had nothing against the receiver.
    """

    message_type: ClassVar[str] = "notification.mail-failed.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId
    failure: MailFailure
    contact: Text | None = None


class MailDecided(Message):
    """Operations decided about one e-mail that had ended: it counts as sent from now on, or is on its way again.

    ``contact``: as in ``MailSent``.
    """

    message_type: ClassVar[str] = "notification.mail-decided.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId
    decision: MailDecision
    contact: Text | None = None


class NobodyToWriteTo(Message):
    """A list is new, or its deadline near or over, and no e-mail about it reaches anybody in the municipality.

    ``unreached``: how many contacts it has for this, none of whom e-mail reaches; 0: it has none.
    """

    message_type: ClassVar[str] = "notification.nobody-to-write-to.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId
    unreached: Count = 0


class MailTally(Part):
    """How the e-mails about a notice ended, one for each receiver; those still on their way are in none of these."""

    sent: Count = 0
    failed: Count = 0
    unsure: Count = 0


class NoticeState(Message):
    """A notice and who has read it, by pseudonym. Key: the notice id; partition key: the municipality id."""

    message_type: ClassVar[str] = "notification.notice-state.v1"
    notice_id: Text
    municipality_id: MunicipalityId
    kind: NoticeKind
    list_id: ListId
    posted_at: datetime
    read_by: list[ShortText] = []
    mail: MailTally = MailTally()
