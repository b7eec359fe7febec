"""Records letters of the press, those that are finished at about the same time in one transaction.

A transaction for each letter cost about a third of what setting it does. A letter waits a little for others to be
finished, while there are some in the making; where their common transaction fails each is recorded alone, so that one
that cannot be takes none of the others with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from chassis import errors
from chassis.seeing import traced
from services.letters.use_cases.ports import Units
from services.letters.use_cases.record_letters import Finished, record_letters, record_one

log = structlog.get_logger(__name__)

PATIENCE = 1.0
"""Seconds that a letter waits for others, at most."""


@dataclass(slots=True)
class _Waiting:
    finished: Finished
    recorded: asyncio.Future[bool]


class Recorder:
    """most: letters in one transaction. in_the_making: tells how many letters are in hand, those that wait included."""

    def __init__(self, units: Units, most: int, in_the_making: Callable[[], int]) -> None:
        self._units = units
        self._most = most
        self._in_the_making = in_the_making
        self._waiting: list[_Waiting] = []
        self._at_work: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def record(self, finished: Finished) -> bool:
        """Have it recorded; False where that is no longer its claim's to do. Raises what recording it alone raises."""
        loop = asyncio.get_running_loop()
        if any(each.finished.letter_id == finished.letter_id for each in self._waiting):
            self._begin()  # it was claimed again meanwhile: each claim's record answers for itself
        waiting = _Waiting(replace(finished, traceparent=traced.here()), loop.create_future())
        self._waiting.append(waiting)
        if len(self._waiting) >= min(self._most, self._in_the_making()):
            self._begin()
        elif self._timer is None:
            self._timer = loop.call_later(PATIENCE, self._begin)
        return await waiting.recorded

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        together, self._waiting = self._waiting, []
        if together:
            task = asyncio.create_task(self._record(together))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

    async def _record(self, together: list[_Waiting]) -> None:
        try:
            recorded = await record_letters([each.finished for each in together], self._units)
        except Exception as error:  # noqa: BLE001  whatever it is, it may be about one of them
            if len(together) > 1:
                log.warning("letters not recorded together", count=len(together), error=errors.name(error))
            await asyncio.gather(*(self._alone(each) for each in together))
            return
        for each in together:
            _answer(each, recorded=each.finished.letter_id in recorded)

    async def _alone(self, one: _Waiting) -> None:
        try:
            _answer(one, recorded=await record_one(one.finished, self._units))
        except Exception as error:  # noqa: BLE001  whoever made the letter tells
            if not one.recorded.done():
                one.recorded.set_exception(error)


def _answer(waiting: _Waiting, *, recorded: bool) -> None:
    if not waiting.recorded.done():  # who waited may have been cut off
        waiting.recorded.set_result(recorded)
