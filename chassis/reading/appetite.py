"""How many records a reader takes at once: what it can be expected to handle in a fraction of a second.

A batch is acknowledged as a whole, so whoever comes while it is handled waits for its end. With batches of a fixed size
one key that sends much would make the others wait for as long as hundreds of its records take.
"""

from __future__ import annotations

FIRST = 100
"""Records taken while nothing is known yet."""
LEAST = 20
"""Records that are worth a batch of their own however slow they are: looks and commits cost milliseconds each."""


class Appetite:
    """Knows how quick a reader is, by its last batches."""

    def __init__(self) -> None:
        self._per_second: float | None = None

    def within(self, seconds: float, most: int) -> int:
        """Tell how many are likely to be handled in so long; ``most`` at most."""
        wanted = FIRST if self._per_second is None else max(LEAST, round(self._per_second * seconds))
        return min(wanted, most)

    def note(self, records: int, seconds: float) -> None:
        """Take in how long a batch took: it counts half, all before it the other half."""
        now = records / max(seconds, 1e-6)
        self._per_second = now if self._per_second is None else (self._per_second + now) / 2
