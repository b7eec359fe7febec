"""Tell municipalities what has happened to their lists: a notice of each fact, and the mails about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.notification.domain.mail import Announcement, Municipality
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases.announce import announce
from services.notification.use_cases.ports import Unit
from services.notification.use_cases.post_notice import PostNotice, post_notices

SETS_DEADLINE = frozenset({NoticeKind.LIST_RECEIVED, NoticeKind.DEADLINE_EXTENDED})
NAMES_DEADLINE = frozenset({NoticeKind.LIST_ANSWERED, NoticeKind.COLLEAGUE_APPROVED})
"""Told with the list's deadline as it was last announced: the fact itself does not tell it."""


@dataclass(frozen=True, slots=True)
class News:
    """A fact, and what the mails about it tell; of ``NAMES_DEADLINE`` all but the deadline."""

    command: PostNotice
    announcement: Announcement


async def tell_lists(news: Sequence[News], unit: Unit) -> int:
    """Post and announce each fact of which there is no notice yet, as if one came after the other.

    That a colleague has approved is told only where another one must send. Returns how many mails are planned.
    """
    if not news:
        return 0
    towns = await unit.announcements.municipalities({one.command.municipality_id for one in news})
    told = await _with_deadlines([one for one in news if _concerns(one.command, towns)], unit)
    about: dict[str, Announcement] = {}
    for one in told:
        about.setdefault(one.command.notice_id, one.announcement)
    posted = await post_notices([one.command for one in told], unit.notices)
    return await announce(list(posted.values()), about, towns, unit) if posted else 0


def _concerns(command: PostNotice, towns: Mapping[str, Municipality]) -> bool:
    if command.kind is not NoticeKind.COLLEAGUE_APPROVED:
        return True
    town = towns.get(command.municipality_id)
    return town is not None and town.four_eyes


async def _with_deadlines(news: Sequence[News], unit: Unit) -> Sequence[News]:
    asked = {one.command.list_id for one in news if one.command.kind in NAMES_DEADLINE}
    if not asked:
        return news
    deadlines = dict(await unit.announcements.deadlines(asked))
    told = []
    for one in news:
        list_id, deadline = one.command.list_id, one.announcement.deadline
        if one.command.kind in NAMES_DEADLINE:
            told.append(replace(one, announcement=replace(one.announcement, deadline=deadlines.get(list_id))))
            continue
        if one.command.kind in SETS_DEADLINE and deadline is not None:
            deadlines[list_id] = max(deadline, deadlines.get(list_id, deadline))
        told.append(one)
    return told
