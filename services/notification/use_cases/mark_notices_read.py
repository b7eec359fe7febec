"""Note that a user has read some of their municipality's notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notification.domain.notices import NoticeNotFound, mark_read
from services.notification.use_cases.outcomes import Accepted, Outcome, Refused
from services.notification.use_cases.ports import Notices


@dataclass(frozen=True, slots=True)
class MarkNoticesRead:
    """``user_id``: the acting user's pseudonym; ``notice_ids``: at least one."""

    municipality_id: str
    user_id: str
    notice_ids: Sequence[str]


async def mark_notices_read(command: MarkNoticesRead, notices: Notices) -> Outcome:
    """Mark all of them, or none where one is not the municipality's.

    A municipality's notices are published in the order of their ids to one partition: who has seen the last one
    that changed has seen all.
    """
    wanted = sorted(set(command.notice_ids))
    found = {notice.notice_id: notice for notice in await notices.open(command.municipality_id, wanted)}
    missing = next((identity for identity in wanted if identity not in found), None)
    if missing is not None:
        return Refused(command.municipality_id, NoticeNotFound(missing))
    changes = [change for identity in wanted if (change := mark_read(found[identity], command.user_id))]
    await notices.save(changes)
    last = changes[-1][0] if changes else found[wanted[-1]]
    return Accepted(last.notice_id, last.version)
