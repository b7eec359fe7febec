"""Tell a municipality what has happened to one of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notification.domain.notices import NoticeKind, post
from services.notification.use_cases.identities import notice_id
from services.notification.use_cases.ports import Notices


@dataclass(frozen=True, slots=True)
class PostNotice:
    """list_version: the list's by the fact. happened_at: when that came about, aware; late news keeps its place."""

    kind: NoticeKind
    municipality_id: str
    list_id: str
    list_version: int
    happened_at: datetime

    @property
    def notice_id(self) -> str:
        """The notice's id: the same fact has the same."""
        return notice_id(self.kind, self.list_id, self.list_version)


async def post_notice(command: PostNotice, notices: Notices) -> bool:
    """Post the one notice of the fact; False where there is one."""
    return await notices.add(
        post(command.notice_id, command.municipality_id, command.kind, command.list_id, command.happened_at)
    )
