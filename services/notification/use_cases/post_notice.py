"""Tell a municipality what has happened to one of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.notification.domain.notices import Notice, NoticeKind, mark_read, post
from services.notification.use_cases.identities import dated_notice_id, notice_id
from services.notification.use_cases.ports import Notices


@dataclass(frozen=True, slots=True)
class PostNotice:
    """list_version: the list's by the fact. happened_at: when that came about, aware; late news keeps its place.

    day: of what a list is told of once a day; then the version does not count. by: whose own doing it is, by pseudonym.
    """

    kind: NoticeKind
    municipality_id: str
    list_id: str
    list_version: int
    happened_at: datetime
    day: date | None = None
    by: str | None = None

    @property
    def notice_id(self) -> str:
        """The notice's id: the same fact has the same."""
        if self.day is not None:
            return dated_notice_id(self.kind, self.list_id, self.day)
        return notice_id(self.kind, self.list_id, self.list_version)


async def post_notice(command: PostNotice, notices: Notices) -> Notice | None:
    """Post the one notice of the fact; None where there is one. Whoever did it knows: to them it is read."""
    change = post(command.notice_id, command.municipality_id, command.kind, command.list_id, command.happened_at)
    if not await notices.add(change):
        return None
    if command.by is not None and (read := mark_read(change[0], command.by)):
        await notices.save([read])
        return read[0]
    return change[0]
