"""Where the time comes from: an argument, so that tests decide it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chassis import faults
from chassis.storage.database import Connection

DATABASE_TIME = "SELECT clock_timestamp()"
SLOW_SECONDS = 1.0
"""An answer that took longer than this tells the time too badly."""
FINE_SECONDS = 0.05
"""A difference that small, beside what the question itself took, is none: the time does not jump for it."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        return datetime.now(UTC) + faults.clock_offset()


class SharedClock:
    """The database's clock: one for all processes of a service, whatever their machines' clocks say.

    Between two looks at the database it goes on by the machine's count of seconds, which nobody sets. Until
    the first it is the machine's own clock. Why: docs/decisions/0016-the-databases-clock.md
    """

    def __init__(self, own: Clock | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._own = own or SystemClock()
        self._seconds = seconds
        self._read: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        return self._at(self._seconds())

    async def synchronise(self, connection: Connection) -> float:
        """Look at the database. Tells by how many seconds the machine's clock is ahead of it; behind: below zero."""
        asked = self._seconds()
        there = await connection.fetchval(DATABASE_TIME)
        took = self._seconds() - asked
        middle = asked + took / 2
        known = self._read is not None
        fine = known and abs((self._at(middle) - there).total_seconds()) <= took / 2 + FINE_SECONDS
        if not known or (took <= SLOW_SECONDS and not fine):
            self._read = (there.astimezone(UTC), middle)
        return (self._own.now() - self.now()).total_seconds()

    def _at(self, second: float) -> datetime:
        if self._read is None:
            return self._own.now()
        time_read, read_at = self._read
        return time_read + timedelta(seconds=second - read_at)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved."""

    time: datetime

    def now(self) -> datetime:
        """Tell the time it was set to."""
        return self.time

    def advance(self, by: timedelta) -> None:
        """Move it."""
        self.time += by
