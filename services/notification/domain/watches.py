"""What is told unless something else happens first: a letter is not opened, a date of settlement is not registered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.notification.domain.notices import NoticeKind
from services.notification.domain.workdays import OSLO, morning_of

UNREAD_FOR = timedelta(days=1)
"""A letter that was not opened for so long is told of; after about two days SvarUt makes it paper."""

WITHOUT_PLAN = timedelta(days=60)
"""From the placement until a date of settlement is missed, where the municipality has planned no week."""

NEWS_FOR = timedelta(days=7)
"""What happened to a letter longer ago is no news: topics are read from their beginning when a release is new."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing that is waited for.

    item: a letter's id, or a person's running number. due_at: aware. since: of a person, the day of the placement.
    """

    kind: NoticeKind
    municipality_id: str
    list_id: str
    item: str
    due_at: datetime
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """What did not come for one list, told at once. ``due_on``: the last day in Norway of those on which it was due."""

    kind: NoticeKind
    municipality_id: str
    list_id: str
    items: tuple[str, ...]
    due_on: date
    due_at: datetime


def letter_due(notified_at: datetime) -> datetime:
    """Tell when a letter that is in its receiver's digital inbox has been unread for long."""
    return notified_at + UNREAD_FOR


def settlement_due(placed_on: date, planned_monday: date | None) -> datetime:
    """Tell when a settlement date is missed: the morning after the planned week, or long after the placement."""
    return morning_of(planned_monday + timedelta(days=7) if planned_monday else placed_on + WITHOUT_PLAN)


def missed(watches: Iterable[Watch]) -> list[Missed]:
    """Gather what is due: one thing to tell for each kind and list, however many items and days."""
    gathered: dict[tuple[NoticeKind, str, str], list[Watch]] = {}
    for watch in watches:
        gathered.setdefault((watch.kind, watch.municipality_id, watch.list_id), []).append(watch)
    return [_missed(due) for _, due in sorted(gathered.items())]


def _missed(due: list[Watch]) -> Missed:
    first, last = due[0], max(one.due_at for one in due)
    items = tuple(sorted(one.item for one in due))
    return Missed(first.kind, first.municipality_id, first.list_id, items, last.astimezone(OSLO).date(), last)
