"""How fast mails may go: as many a minute as was agreed, and fewer while the relay asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE = 60.0
SLOWEST = 12.0
"""A minute: below this nothing is gained by going slower, and a stop need not wait longer than five seconds."""
AT_ONCE = 10.0
"""Seconds within which wishes are one: they come for all the mails that were under way."""
PEACE = 20.0
"""Seconds without another wish after which twice as many may go."""
FIRST_SLOWED = 120.0
"""A minute: what one that may go as fast as it goes is held to, once it was asked to go slower."""


@dataclass(slots=True)
class Throttle:
    """Gives each mail its moment, evenly, with no burst after a rest.

    limit: mails a minute; None for as fast as it goes. Times are seconds of any one clock.
    A wish of the relay halves what is allowed; each while of peace doubles it again, up to the limit.
    """

    limit: float | None
    allowed: float | None = field(init=False)
    """Mails a minute now; None for as fast as it goes."""
    _next: float = field(default=0.0, init=False)
    _slowed: float = field(default=-AT_ONCE, init=False)
    _peace: float = field(default=0.0, init=False)
    """When it was last slowed down; and since when there is peace that nothing was given back for."""

    def __post_init__(self) -> None:
        self.allowed = self.limit

    def wait(self, now: float) -> float:
        """Take the next moment; tells how many seconds it is away."""
        self._recover(now)
        if self.allowed is None:
            return 0.0
        moment = max(now, self._next)
        self._next = moment + MINUTE / self.allowed
        return moment - now

    def room(self, seconds: float, now: float) -> int | None:
        """Tell how many may go within so many seconds, one at least; None for any number."""
        self._recover(now)
        return None if self.allowed is None else max(1, int(self.allowed * seconds / MINUTE))

    def slow_down(self, now: float) -> None:
        """Go at half of what was allowed: the relay asks for it."""
        self._recover(now)
        self._peace = now
        if now - self._slowed < AT_ONCE:
            return
        self._slowed = now
        before = 2 * FIRST_SLOWED if self.allowed is None else self.allowed
        slowest = SLOWEST if self.limit is None else min(SLOWEST, self.limit)
        self.allowed = max(slowest, before / 2)

    def _recover(self, now: float) -> None:
        while self.allowed != self.limit and now - self._peace >= PEACE:
            assert self.allowed is not None, "without a limit it is as fast as it goes, or slowed"
            self._peace += PEACE
            faster = 2 * self.allowed
            self.allowed = faster if faster < (self.limit or FIRST_SLOWED) else self.limit
