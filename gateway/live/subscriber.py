"""One open page: what it has still to be told, and whether it is to go on."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum

from gateway.live.news import Told

MOST_WAITING = 100
"""News that one page may be behind with; beyond them its stream ends, and it comes back for what it has not got."""


class End(Enum):
    """Why a stream ends."""

    SLOW = "slow"
    SESSION = "session"
    """The session has ended, or gives no right to the municipality any more."""
    STOPPING = "stopping"
    """The process stops."""


@dataclass(eq=False)
class Subscriber:
    """``token``: what the session's cookie holds, to ask whether the session still stands."""

    municipality_id: str
    user_id: str
    token: str = field(repr=False)
    ended: End | None = None
    _waiting: deque[Told] = field(default_factory=deque)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, told: Told) -> None:
        """Have it told, or the stream ended where too much waits already. Never waits itself."""
        if len(self._waiting) >= MOST_WAITING:
            self.end(End.SLOW)
        elif self.ended is None:
            self._waiting.append(told)
            self._wake.set()

    def end(self, reason: End) -> None:
        """Have the stream ended; what waits is not told in it any more."""
        self.ended = self.ended or reason
        self._waiting.clear()
        self._wake.set()

    async def next(self, seconds: float) -> list[Told]:
        """Wait for something to tell, at most so long; nothing where nothing came or the stream has ended."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()
        found = list(self._waiting)
        self._waiting.clear()
        return found
