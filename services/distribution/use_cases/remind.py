"""Tell of deadlines that come near, are today, or have passed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis import errors
from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.reply_clock import remind
from services.distribution.use_cases.ports import Lists

AT_ONCE = 40
"""Lists a transaction: a surge has the same deadline for thousands, and no command is to wait behind them."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What became of the lists that were due. ``failed``: those that could not be told of, and why."""

    told: int
    failed: Mapping[str, Exception]

    @property
    def more(self) -> bool:
        """Whether as many were due as are taken at once, so that there may be more."""
        return self.told + len(self.failed) >= AT_ONCE


async def remind_of_deadlines(lists: Lists, *, now: datetime, but: Collection[str] = ()) -> Reminded:
    """Tell each list's reminder that has fallen due, some lists at a time, without those of ``but``.

    One that cannot be told of holds up none of the others: it is undone by itself. Raises what may pass by itself.
    """
    told, failed = 0, dict[str, Exception]()
    for list_id in await lists.due_for_reminder(day_in_oslo(now), AT_ONCE, but):
        try:
            async with lists.apart():
                current = await lists.of_any_municipality(list_id)
                assert current is not None, "it has just been found, and is locked"
                await lists.save(current, *remind(current, at=now))
        except Exception as error:
            if errors.kind(error, in_handler=True) is not errors.Kind.PERMANENT:
                raise
            failed[list_id] = error
        else:
            told += 1
    return Reminded(told, failed)
