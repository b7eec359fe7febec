"""Tell of deadlines that come near, are today, or have passed."""

from __future__ import annotations

from datetime import datetime

from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.reply_clock import remind
from services.distribution.use_cases.ports import Lists

AT_ONCE = 40
"""Lists a call: a surge has the same deadline for thousands, and no command is to wait behind them."""


async def remind_of_deadlines(lists: Lists, *, now: datetime) -> int:
    """Tell each list's reminder that has fallen due, some lists at a time; returns how many were told."""
    due = await lists.due_for_reminder(day_in_oslo(now), AT_ONCE)
    for list_id in due:
        current = await lists.of_any_municipality(list_id)
        assert current is not None, "it has just been found, and is locked"
        await lists.save(current, *remind(current, at=now))
    return len(due)
