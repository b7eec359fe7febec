"""The press: makes ready letters, a few at a time, beside the reading of messages."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis import errors
from services.letters.domain.codes import Failure
from services.letters.use_cases.claim_letters import MOST_STARTS, Job, claim_letters
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.ports import ObjectStore, Renderer, Units

log = structlog.get_logger(__name__)

SHORTEST_REST, LONGEST_REST = 0.02, 1.0
"""Seconds between looks for ready letters. What wakes the press is not yet committed: so it looks again soon."""
SHORTEST_TROUBLE, LONGEST_TROUBLE = 0.5, 30.0
"""Seconds between tries while the database or the object store is away."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``in_hand``: most letters claimed at once. ``lease``: after this a claimed letter may be claimed by others."""

    in_hand: int
    lease: timedelta


class Press:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, units: Units, renderer: Renderer, store: ObjectStore, limits: Limits) -> None:
        self._units = units
        self._renderer = renderer
        self._store = store
        self._limits = limits
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Tell it that a letter is ready, or will be once a transaction has committed."""
        self._woken.set()

    async def start(self) -> None:
        """Begin. Letters that could not be rendered get another try: this release may be able to."""
        async with self._units.begin() as unit:
            again = await unit.queue.retry_failed(MOST_STARTS)
        log.info("press starts", tried_again=again)
        self._task = asyncio.create_task(self._run(), name="press")

    async def stop(self) -> None:
        """End when the letters in hand are done."""
        self._stopping.set()
        self.wake()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        rest, trouble = SHORTEST_REST, SHORTEST_TROUBLE
        while not self._stopping.is_set():
            made = await self._round(retry_after=timedelta(seconds=trouble))
            if made is None or (made and all(each is Made.STORE_UNAVAILABLE for each in made)):
                await self._wait_for(self._stopping, trouble)
                trouble = min(2 * trouble, LONGEST_TROUBLE)
                continue
            trouble = SHORTEST_TROUBLE
            if made:
                rest = SHORTEST_REST
            elif await self._wait_for(self._woken, rest):
                self._woken.clear()
                rest = SHORTEST_REST
            else:
                rest = min(2 * rest, LONGEST_REST)

    async def _round(self, retry_after: timedelta) -> list[Made | None] | None:
        """Make what can be claimed now; None where the database is away."""
        try:
            jobs = await claim_letters(self._units, limit=self._limits.in_hand, lease=self._limits.lease)
        except Exception as error:  # noqa: BLE001  whatever it is, the press goes on
            log.error("no letters claimed", error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            return None
        return await asyncio.gather(*(self._make(job, retry_after) for job in jobs))

    async def _make(self, job: Job, retry_after: timedelta) -> Made | None:
        """Make one letter; None where that failed in a way nobody foresaw: it is tried again after the lease."""
        about = {"letter_id": job.letter.letter_id, "list_id": job.letter.list_id}
        try:
            made = await make_letter(job, self._units, self._renderer, self._store, retry_after=retry_after)
        except Exception as error:  # noqa: BLE001  one letter does not stop the others
            log.error("letter not made", **about, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            return None
        # A withdrawn person's letter is no fault; one that cannot be set needs somebody to look at it.
        at_fault = made is Made.FAILED and job.content is not Failure.FOLDER_CLOSED
        tell = log.error if at_fault else log.info
        tell("letter", **about, outcome=made.value)
        return made

    @staticmethod
    async def _wait_for(event: asyncio.Event, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        return event.is_set()
