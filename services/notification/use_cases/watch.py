"""Wait for what ought to happen, and tell where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import TypeAlias

from services.notification.domain.mail import Announcement
from services.notification.domain.notices import NoticeKind
from services.notification.domain.watches import Watch, letter_due, missed, settlement_due
from services.notification.use_cases.ports import Unit, Watches
from services.notification.use_cases.post_notice import PostNotice
from services.notification.use_cases.tell_lists import News, tell_lists

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
    await watches.forget(UNREAD, [(list_id, letter_id)])


@dataclass(frozen=True, slots=True)
class Placed:
    """Persons were placed: their settlement dates are waited for."""

    municipality_id: str
    list_id: str
    running_numbers: tuple[int, ...]
    placed_on: date


@dataclass(frozen=True, slots=True)
class Planned:
    """A week was planned for persons, or none any more: until it is over, or as where none is, they are waited for."""

    list_id: str
    running_numbers: tuple[int, ...]
    monday: date | None


@dataclass(frozen=True, slots=True)
class NoMore:
    """Persons have settled, or are withdrawn or erased: they are waited for no longer."""

    list_id: str
    running_numbers: tuple[int, ...]


Step: TypeAlias = Placed | Planned | NoMore


async def follow_placements(steps: Sequence[Step], watches: Watches) -> None:
    """Wait, or no longer, as the steps tell, one after the other; equal ones that follow each other at once."""
    for kind, group in groupby(steps, type):
        together = list(group)
        if kind is Placed:
            await _placed([step for step in together if isinstance(step, Placed)], watches)
        elif kind is NoMore:
            gone = [(step.list_id, str(one)) for step in together for one in step.running_numbers]
            await watches.forget(NOT_SETTLED, gone)
        for step in together:
            if isinstance(step, Planned):
                await _planned(step, watches)


async def _placed(steps: Sequence[Placed], watches: Watches) -> None:
    waited: dict[tuple[str, int], Watch] = {}
    for step in steps:
        due = settlement_due(step.placed_on, None)
        for one in step.running_numbers:
            new = Watch(NOT_SETTLED, step.municipality_id, step.list_id, str(one), due, step.placed_on)
            first = waited.setdefault((step.list_id, one), new)
            waited[step.list_id, one] = replace(first, due_at=due)
    await watches.put(list(waited.values()))


async def _planned(step: Planned, watches: Watches) -> None:
    """Who has settled is not waited for."""
    found = await watches.find(NOT_SETTLED, step.list_id, [str(one) for one in step.running_numbers])
    await watches.put(
        [replace(one, due_at=settlement_due(one.since, step.monday)) for one in found if one.since is not None]
    )


async def tell_missed(unit: Unit) -> tuple[int, bool]:
    """Post what is due by now. Returns how many mails are planned, and whether there is more to tell."""
    due = await unit.watches.take_due(unit.now, MOST_DUE)
    news = [
        News(
            PostNotice(one.kind, one.municipality_id, one.list_id, 0, one.due_at, one.due_on),
            Announcement(_persons(one.kind, len(one.items)), None),
        )
        for one in missed(due)
    ]
    return await tell_lists(news, unit), len(due) == MOST_DUE


def _persons(kind: NoticeKind, items: int) -> int:
    return items if kind is NOT_SETTLED else 0
