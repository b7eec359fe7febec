"""From the domain's words to the messages that travel."""

from __future__ import annotations

from typing import Any, assert_never

from contracts import codes
from contracts.envelope import Message
from contracts.notification import v1
from contracts.notification.contacts import contact_reference
from services.notification.domain.notices import (
    Event,
    MailDecided,
    MailFailed,
    MailSent,
    NobodyToWriteTo,
    Notice,
    NoticePosted,
    NoticeRead,
)


def event(notice: Notice, happened: Event) -> Message:
    """Write a notice's event; ids and codes only."""
    match happened:
        case NoticeRead(user_id):
            return v1.NoticeRead(notice_id=notice.notice_id, municipality_id=notice.municipality_id, user_id=user_id)
        case NoticePosted():
            return v1.NoticePosted(**_about(notice))
        case MailSent(receiver):
            return v1.MailSent(**_about(notice), contact=_contact(receiver))
        case MailFailed(failure, receiver):
            return v1.MailFailed(**_about(notice), failure=codes.MailFailure(failure), contact=_contact(receiver))
        case MailDecided(decision, receiver):
            decided = codes.MailDecision(decision)
            return v1.MailDecided(**_about(notice), decision=decided, contact=_contact(receiver))
        case NobodyToWriteTo(unreached):
            return v1.NobodyToWriteTo(**_about(notice), unreached=unreached)
    assert_never(happened)


def state(notice: Notice) -> v1.NoticeState:
    """Write a notice as it stands."""
    tally = notice.mail
    return v1.NoticeState(
        **_about(notice),
        posted_at=notice.posted_at,
        read_by=list(notice.read_by),
        mail=v1.MailTally(sent=tally.sent, failed=tally.failed, unsure=tally.unsure),
    )


def _contact(receiver: str | None) -> str | None:
    return contact_reference(receiver) if receiver else None


def _about(notice: Notice) -> dict[str, Any]:
    return {
        "notice_id": notice.notice_id,
        "municipality_id": notice.municipality_id,
        "kind": codes.NoticeKind(notice.kind),
        "list_id": notice.list_id,
    }
