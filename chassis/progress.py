"""What a process counts and when it last got somewhere: for its health and its logs."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Of one reader. Counts: handled, repeats, skipped, rejected, parked, retries, gaps."""

    reader: str
    counts: Counter[str] = field(default_factory=Counter)
    busy: bool = False
    last: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """Note that something got done, a try included."""
        self.last = time.monotonic()

    @property
    def idle_for(self) -> float:
        """Seconds since the last beat."""
        return time.monotonic() - self.last
