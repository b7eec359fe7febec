"""Tell a municipality what has happened to one of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notification.domain.notices import NoticeKind, post
from services.notification.use_cases.identities import notice_id
from services.notification.use_cases.ports import Notices


@dataclass(frozen=True, slots=True)
class PostNotice:
    """``happened_at``: when the fact came about, aware; late news keeps its place among the others."""

    kind: NoticeKind
    municipality_id: str
    list_id: str
    happened_at: datetime


async def post_notice(command: PostNotice, notices: Notices) -> bool:
    """Post one notice of a kind for a list; False where there is one."""
    identity = notice_id(command.kind, command.list_id)
    return await notices.add(
        post(identity, command.municipality_id, command.kind, command.list_id, command.happened_at)
    )
