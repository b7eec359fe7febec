"""Tell a municipality what has happened to one of its lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.notification.domain.notices import Change, Notice, NoticeKind, mark_read, post
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
    """Post the one notice of the fact; None where there is one."""
    posted = await post_notices([command], notices)
    return next(iter(posted.values()), None)


async def post_notices(commands: Sequence[PostNotice], notices: Notices) -> Mapping[str, Notice]:
    """Post the notices of facts, one each; gives those that were not there, by id, in the facts' order.

    Whoever did it knows: to them it is read.
    """
    wanted: dict[str, PostNotice] = {}
    for command in commands:
        wanted.setdefault(command.notice_id, command)
    added = await notices.add([_post(identity, command) for identity, command in wanted.items()])
    posted = {identity: _post(identity, command)[0] for identity, command in wanted.items() if identity in added}
    read = [change for identity, notice in posted.items() if (change := _read(notice, wanted[identity].by))]
    await notices.save(read)
    return posted | {notice.notice_id: notice for notice, _ in read}


def _post(identity: str, command: PostNotice) -> Change:
    return post(identity, command.municipality_id, command.kind, command.list_id, command.happened_at)


def _read(notice: Notice, by: str | None) -> Change | None:
    return None if by is None else mark_read(notice, by)
