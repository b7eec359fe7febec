"""How much one client may ask for: a window a minute, counted in each gateway process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW_SECONDS = 60.0
MOST_CLIENTS = 10_000
"""Windows kept; far more than there are clients, and a bound all the same."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a client stands. ``reset``: whole seconds until the window ends. ``allowed``: whether this request is."""

    limit: int
    remaining: int
    reset: int
    allowed: bool


@dataclass
class Limits:
    """``per_minute``: requests of one client."""

    per_minute: int
    seconds: Callable[[], float] = time.monotonic
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, client: str) -> Standing:
        """Count a request."""
        now = self.seconds()
        started, used = self._windows.get(client, (now, 0))
        if now - started >= WINDOW_SECONDS:
            started, used = now, 0
        if client not in self._windows and len(self._windows) >= MOST_CLIENTS:
            self._forget(now)
        self._windows[client] = (started, used + 1)
        return Standing(
            limit=self.per_minute,
            remaining=max(0, self.per_minute - used - 1),
            reset=max(1, int(started + WINDOW_SECONDS - now)),
            allowed=used < self.per_minute,
        )

    def _forget(self, now: float) -> None:
        self._windows = {client: window for client, window in self._windows.items() if now - window[0] < WINDOW_SECONDS}
