"""Taking a stream in larger parts: who takes what comes, as it comes, may do so only so often in a row.

Each taking costs the same whatever it brings: statements, a commit that reaches the disk, an offset. What comes alone
is taken at once; in a stream that comes in dribs and drabs the next taking waits for a moment, and brings more. The
longer a stream has gone on the longer the moment, a tenth of that: nobody's work takes more than a tenth longer for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AT_ONCE = 10
"""Takings in a row that nobody waits for: what people do one after the other never gets there."""
EVERY = 0.04
"""Seconds between takings of a stream that has used those up, at first."""
LONGEST = 0.2
"""Seconds between takings of a stream that has gone on for some seconds."""
UNHURRIED = 0.5
"""The same for a reader that nobody waits for at a page."""
SHARE = 0.1
"""What part of the time that a stream has gone on is waited between takings."""
FEW = 1
"""Who does one thing after the other brings no more than this each time, however long was waited."""
PAUSE = 1.0
"""Seconds without a taking after which a stream is over; also where it has all its turns at once again."""


class Gathering:
    """Tells how long to wait before the next taking: a bucket of ``AT_ONCE`` that fills again with time.

    longest: seconds that are waited at most.
    """

    def __init__(self, longest: float = LONGEST, seconds: Callable[[], float] = time.monotonic) -> None:
        self._longest = longest
        self._seconds = seconds
        self._left = float(AT_ONCE)
        self._every = EVERY
        self._counted = self._taken = seconds()
        self._begun: float | None = None
        self._full = self._busy = False

    def took(self, records: int, *, full: bool = False) -> None:
        """Note a taking. full: whether it brought as much as it might have; the next is taken at once then."""
        now = self._refill()
        self._taken, self._full, self._busy = now, full, True
        self._left = min(self._left, 1.0) if full else self._left - 1
        if self._begun is None and (full or self._left < 1):
            self._begun = now
        if full:
            return
        going = 0.0 if self._begun is None or records <= FEW else now - self._begun
        self._every = min(self._longest, max(EVERY, going * SHARE))

    @property
    def wait(self) -> float:
        """Tell the seconds to wait now."""
        self._refill()
        return 0.0 if self._full else max(0.0, (1 - self._left) * self._every)

    def handled(self) -> None:
        """Note that what was taken has been handled: the time that took was no pause."""
        self._counted = self._taken = self._seconds()
        self._busy = False

    @property
    def going(self) -> float:
        """Tell for how many seconds a stream has gone on; 0 where there is none."""
        now = self._refill()
        return 0.0 if self._begun is None else now - self._begun

    def _refill(self) -> float:
        now = self._seconds()
        if self._busy:
            return now
        self._left += (now - self._counted) / self._every
        if now - self._taken > PAUSE or self._left >= AT_ONCE:
            self._left, self._every, self._begun = float(AT_ONCE), EVERY, None
        self._counted = now
        return now
