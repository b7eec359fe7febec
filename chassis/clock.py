"""Where the time comes from: an argument, so that tests decide it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chassis import faults


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Tell the time: aware, UTC."""
        return datetime.now(UTC) + faults.clock_offset()


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
