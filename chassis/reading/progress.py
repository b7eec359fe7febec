"""What a process counts and when it last got somewhere: for its health and its logs."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

RUSH_SECONDS = 1.0
"""For how long after a full batch more is taken to wait; longer than a batch is meant to take."""

COUNTED = ("handled", "repeats", "skipped", "rejected", "parked", "retries", "gaps")
"""What becomes of messages."""


@dataclass(slots=True)
class Progress:
    """Of one reader. counts: by what is in ``COUNTED``, without those that never happened.

    full: when it last took as much as it takes at once; None before the first time.
    """

    reader: str
    counts: Counter[str] = field(default_factory=Counter)
    busy: bool = False
    last: float = field(default_factory=time.monotonic)
    full: float | None = None

    def beat(self) -> None:
        """Note that something got done, a try included."""
        self.last = time.monotonic()

    @property
    def rushed(self) -> bool:
        """Whether more is likely to wait than it takes at once: what can wait does not get in its way then."""
        return self.full is not None and time.monotonic() - self.full < RUSH_SECONDS

    @property
    def idle_for(self) -> float:
        """Seconds since the last beat."""
        return time.monotonic() - self.last
