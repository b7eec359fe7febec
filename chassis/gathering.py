"""Taking a stream in larger parts: who takes what comes, as it comes, may do so only so often in a row.

Each taking costs the same whatever it brings: statements, a commit that reaches the disk, an offset. What comes alone
is taken at once; in a stream that comes in dribs and drabs the next taking waits for a moment, and brings more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AT_ONCE = 10
"""Takings in a row that nobody waits for: what people do one after the other never gets there."""
EVERY = 0.04
"""Seconds between takings of a stream that has used those up."""


class Gathering:
    """Tells how long to wait before the next taking: a bucket of ``AT_ONCE``, one more each ``EVERY`` seconds."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._left = float(AT_ONCE)
        self._counted = seconds()

    def took(self) -> None:
        """Note a taking that brought less than it might have."""
        self._refill()
        self._left -= 1

    @property
    def wait(self) -> float:
        """Tell the seconds to wait now."""
        self._refill()
        return max(0.0, (1 - self._left) * EVERY)

    def _refill(self) -> None:
        now = self._seconds()
        self._left = min(float(AT_ONCE), self._left + (now - self._counted) / EVERY)
        self._counted = now
