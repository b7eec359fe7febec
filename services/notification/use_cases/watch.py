"""Wait for what ought to happen, and tell where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from services.notification.domain.mail import Announcement
from services.notification.domain.notices import NoticeKind
from services.notification.domain.watches import Watch, letter_due, missed, settlement_due
from services.notification.use_cases.announce import announce
from services.notification.use_cases.ports import Unit, Watches
from services.notification.use_cases.post_notice import PostNotice, post_notice

UNREAD, NOT_SETTLED = NoticeKind.LETTER_UNREAD, NoticeKind.SETTLEMENT_DATE_MISSING
MOST_DUE = 100
"""Watches that one transaction takes: others get their turn between two."""


async def letter_notified(
    letter_id: str, municipality_id: str, list_id: str, notified_at: datetime, watches: Watches
) -> None:
    """Wait for the letter to be opened."""
    await watches.put([Watch(UNREAD, municipality_id, list_id, letter_id, letter_due(notified_at))])


async def letter_moved(letter_id: str, list_id: str, watches: Watches) -> None:
    """Wait no longer: it was opened, or goes another way."""
    await watches.forget(UNREAD, list_id, [letter_id])


async def persons_placed(
    municipality_id: str, list_id: str, running_numbers: Sequence[int], placed_on: date, watches: Watches
) -> None:
    """Wait for the persons' settlement dates."""
    due = settlement_due(placed_on, None)
    await watches.put(
        [Watch(NOT_SETTLED, municipality_id, list_id, str(one), due, placed_on) for one in running_numbers]
    )


async def settlement_planned(
    list_id: str, running_numbers: Sequence[int], planned_monday: date | None, watches: Watches
) -> None:
    """Wait until the planned week is over, or as where none is planned. Who has settled is not waited for."""
    found = await watches.find(NOT_SETTLED, list_id, [str(one) for one in running_numbers])
    await watches.put(
        [replace(one, due_at=settlement_due(one.since, planned_monday)) for one in found if one.since is not None]
    )


async def no_more_persons(list_id: str, running_numbers: Sequence[int], watches: Watches) -> None:
    """Wait no longer: they have settled, or are withdrawn or erased."""
    await watches.forget(NOT_SETTLED, list_id, [str(one) for one in running_numbers])


async def tell_missed(unit: Unit) -> tuple[int, bool]:
    """Post what is due by now. Returns how many mails are planned, and whether there is more to tell."""
    due = await unit.watches.take_due(unit.now, MOST_DUE)
    planned = 0
    for one in missed(due):
        command = PostNotice(one.kind, one.municipality_id, one.list_id, 0, one.due_at, one.due_on)
        if notice := await post_notice(command, unit.notices):
            announcement = Announcement(_persons(one.kind, len(one.items)), None)
            planned += await announce(notice, announcement, unit)
    return planned, len(due) == MOST_DUE


def _persons(kind: NoticeKind, items: int) -> int:
    return items if kind is NOT_SETTLED else 0
