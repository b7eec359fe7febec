"""Work beside the reading of messages, mostly with effects outside: claimed, done and recorded, round after round.

Who claims leaves a due time in the database, so that whoever dies leaves the errand to the next; what is done when an
effect may have happened already is the service's to know. Here is what all of them have in common: the pace, the
stopping, and the sign of life that ``/livez`` looks at.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from chassis import errors
from chassis.ending import end

log = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")

ALARM_SECONDS = 60.0


class AwayError(Exception):
    """Raised by a round: something that all errands need does not answer. It has been told already."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, as (shortest, longest); the next is twice as long.

    rest: between looks that find nothing. What wakes a round is mostly not yet committed, so the first is short.
    trouble: between tries while the database, or what does the work, is away.
    """

    rest: tuple[float, float]
    trouble: tuple[float, float]


class Errands:
    """Runs rounds from ``start`` to ``stop``; several, in several processes, share the work.

    work: one round; tells whether there was something to do. Whatever it raises, the rounds go on.
    longest: seconds that may lie between two signs of life (``beat``, and the end of a round) while a round lasts.
    alarm_after: seconds of nothing but failed rounds after which each further one is logged as an error.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[bool]],
        pace: Pace,
        *,
        longest: float,
        alarm_after: float = ALARM_SECONDS,
    ) -> None:
        self.name = name
        self._work = work
        self._pace = pace
        self._longest = longest
        self._alarm_after = alarm_after
        self._failing_since: float | None = None
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._busy = False
        self._last = time.monotonic()
        self.trouble = pace.trouble[0]
        """Seconds until the next try, if this round fails."""

    @property
    def stopping(self) -> bool:
        """Whether no further errand is to be begun."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """Tell it that there is something to do, or will be once a transaction has committed."""
        self._woken.set()

    def beat(self) -> None:
        """Note that something got done, a try included."""
        self._last = time.monotonic()

    def stuck(self) -> bool:
        """Tell whether a restart would help: a round that gets nowhere, or rounds that ended without being told to."""
        if self._task is None or self.stopping:
            return False
        return self._task.done() or (self._busy and time.monotonic() - self._last > self._longest)

    def start(self) -> None:
        """Begin."""
        self.beat()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self, patience: float | None = None) -> None:
        """End after the errand in hand; what lasts longer than ``patience`` seconds is cut off."""
        self._stopping.set()
        self.wake()
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=patience)
        await end([self._task])

    async def _run(self) -> None:
        rest, trouble = self._pace.rest, self._pace.trouble
        pause = rest[0]
        while not self.stopping:
            worked = await self._round()
            if worked is None:
                self._tell_failing()
                await _wait(self._stopping, self.trouble)
                self.trouble = min(2 * self.trouble, trouble[1])
                continue
            self.trouble = trouble[0]
            self._failing_since = None
            if worked:
                pause = rest[0]
                await asyncio.sleep(0)  # rounds that never wait for anything leave the others their turn
            elif await _wait(self._woken, pause):
                self._woken.clear()
                pause = rest[0]
            else:
                pause = min(2 * pause, rest[1])

    def _tell_failing(self) -> None:
        """Tell operations, once what is waited for has been away so long that somebody should look."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        waited = now - self._failing_since
        if waited >= self._alarm_after:
            log.error("nothing gets done", work=self.name, seconds=round(waited))

    async def _round(self) -> bool | None:
        """Do one round; None where it failed."""
        self.beat()
        self._busy = True
        try:
            return await self._work()
        except AwayError:
            return None
        except Exception as error:  # noqa: BLE001  whatever it is, the rounds go on
            log.error("round failed", work=self.name, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            return None
        finally:
            self._busy = False
            self.beat()


class Hands:
    """Errands that are done side by side, at most ``most`` at once, while further rounds look for more.

    longest: seconds that one may take.
    """

    def __init__(self, most: int, *, longest: float) -> None:
        self._most = most
        self._longest = longest
        self._held: dict[asyncio.Task[object], float] = {}

    @property
    def free(self) -> int:
        """How many more may be begun."""
        return self._most - len(self._held)

    def take(self, errand: Coroutine[Any, Any, object]) -> None:
        """Begin one."""
        task = asyncio.create_task(errand)
        self._held[task] = time.monotonic()
        task.add_done_callback(self._held.pop)

    async def one_done(self, seconds: float) -> None:
        """Wait until one ends, but no longer than this: one that hangs holds one place, not all."""
        await asyncio.wait(self._held, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def stuck(self) -> bool:
        """Tell whether one lasts longer than it may."""
        return any(time.monotonic() - begun > self._longest for begun in self._held.values())

    async def stop(self, patience: float) -> None:
        """End when all are done; what lasts longer than ``patience`` seconds is cut off."""
        if not self._held:
            return
        _, late = await asyncio.wait(self._held, timeout=patience)
        await end(late)


async def guarded(
    work: Awaitable[ResultT], failed: str, about: dict[str, str], *, but: tuple[type[Exception], ...] = ()
) -> ResultT | None:
    """Do one errand so that it does not stop the others; None where it failed in a way nobody foresaw.

    failed, about: what the log says then; of the error its kind and place only, its text may name somebody.
    but: errors that are the round's to answer.
    """
    try:
        return await work
    except but:
        raise
    except Exception as error:  # noqa: BLE001  it is claimed again when its time has come
        log.error(failed, **about, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
        return None


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
