"""From the domain's words to the messages that travel."""

from __future__ import annotations

from contracts import codes
from contracts.envelope import Message
from contracts.notification import v1
from services.notification.domain.notices import Event, Notice, NoticeRead


def event(notice: Notice, happened: Event) -> Message:
    """Write a notice's event; ids and codes only."""
    if isinstance(happened, NoticeRead):
        return v1.NoticeRead(
            notice_id=notice.notice_id, municipality_id=notice.municipality_id, user_id=happened.user_id
        )
    return v1.NoticePosted(
        notice_id=notice.notice_id,
        municipality_id=notice.municipality_id,
        kind=codes.NoticeKind(notice.kind),
        list_id=notice.list_id,
    )


def state(notice: Notice) -> v1.NoticeState:
    """Write a notice as it stands."""
    return v1.NoticeState(
        notice_id=notice.notice_id,
        municipality_id=notice.municipality_id,
        kind=codes.NoticeKind(notice.kind),
        list_id=notice.list_id,
        posted_at=notice.posted_at,
        read_by=list(notice.read_by),
    )
