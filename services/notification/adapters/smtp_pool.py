"""Connections to the mail server: few, kept for the next mails, and no faster than the relay will have it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiosmtplib import SMTPException

from services.notification.adapters.smtp import SLOWER, SmtpServer, SmtpSession
from services.notification.domain.throttle import Throttle
from services.notification.use_cases.ports import ServerUnavailableError

log = structlog.get_logger(__name__)

RESTS = 20.0
"""Seconds that a connection is kept without a mail: less than any relay's own patience, which it would end with 421."""
MOST_MAILS = 100
"""Over one connection, then it is made anew: relays end longer ones, and there may be many behind one name."""
AHEAD = 30.0
"""Seconds of mails that are claimed at once, at the pace that is allowed: well within a claim's lease."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How time is told and waited for."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass
class SmtpPool:
    """The mail server behind at most ``most`` connections of this process."""

    server: SmtpServer
    throttle: Throttle
    most: int
    clock: Clock = field(default_factory=Clock)
    _resting: list[SmtpSession] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.most)

    def room(self, most: int) -> int:
        """Tell how many mails to take in hand, at most so many."""
        room = self.throttle.room(AHEAD, self.clock.now())
        return most if room is None else min(most, room)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[PacedSession]:
        """Take a connection that rests, or a new one. Raises ServerUnavailableError."""
        async with self._places:
            session = await self._rested() or await self._connect()
            try:
                yield PacedSession(session, self)
            except BaseException:
                session.usable = False
                raise
            finally:
                await self._lay_down(session)

    async def tidy(self) -> None:
        """Close what has rested for long."""
        before = self.clock.now() - RESTS
        old = [session for session in self._resting if session.rested_at <= before]
        self._resting = [session for session in self._resting if session.rested_at > before]
        for session in old:
            await session.close()

    async def close(self) -> None:
        """Close all that rest."""
        resting, self._resting = self._resting, []
        for session in resting:
            await session.close()

    def told(self, code: int) -> None:
        """Hear by which code the server put something off."""
        if code in SLOWER:
            self.throttle.slow_down(self.clock.now())
            log.warning("mail server has us slow down", code=code, a_minute=self.throttle.allowed)

    async def _rested(self) -> SmtpSession | None:
        await self.tidy()
        while self._resting:
            session = self._resting.pop()
            if await session.is_there():
                return session
            session.usable = False
            await session.close()
        return None

    async def _connect(self) -> SmtpSession:
        try:
            return SmtpSession(await self.server.connect(), self.server.sender, self.told)
        except (SMTPException, OSError, ValueError) as error:
            code = getattr(error, "code", None)
            log.warning("mail server does not let us in", error=type(error).__name__, code=code)
            if isinstance(code, int):
                self.told(code)
            raise ServerUnavailableError from error

    async def _lay_down(self, session: SmtpSession) -> None:
        if session.usable and session.mails < MOST_MAILS:
            session.rested_at = self.clock.now()
            self._resting.append(session)
        else:
            await session.close()


@dataclass(frozen=True, slots=True)
class PacedSession:
    """A connection of the pool: each mail begins when it is its moment."""

    session: SmtpSession
    pool: SmtpPool

    async def address(self, receiver: str, mail_id: str) -> None:
        """Wait for the mail's moment and begin it. Raises PutOffError, RefusedError, ServerUnavailableError."""
        if wait := self.pool.throttle.wait(self.pool.clock.now()):
            await self.pool.clock.sleep(wait)
        await self.session.address(receiver, mail_id)

    async def hand_over(self, content: bytes) -> None:
        """Hand over the mail that was begun. Raises PutOffError, RefusedError, OutcomeUnknownError."""
        await self.session.hand_over(content)
