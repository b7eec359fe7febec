"""The press: makes ready letters, a few at a time, beside the reading of messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis import faults
from chassis.errands import AwayError, Errands, Pace, guarded
from services.letters.domain.codes import Failure
from services.letters.use_cases.claim_letters import MOST_STARTS, Job, claim_letters
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.ports import ObjectStore, Renderer, Units

log = structlog.get_logger(__name__)

PACE = Pace(rest=(0.02, 1.0), trouble=(0.5, 30.0))


@dataclass(frozen=True, slots=True)
class Limits:
    """``in_hand``: most letters claimed at once. ``lease``: after this a claimed letter may be claimed by others.

    stuck_after: seconds without a letter's end after which the press is not alive.
    """

    in_hand: int
    lease: timedelta
    stuck_after: float


class Press:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, units: Units, renderer: Renderer, store: ObjectStore, limits: Limits) -> None:
        self._units = units
        self._renderer = renderer
        self._store = store
        self._limits = limits
        longest = max(limits.stuck_after, limits.lease.total_seconds())
        self.errands = Errands("press", self._round, PACE, longest=longest)

    async def start(self) -> None:
        """Begin. Letters that could not be rendered get another try: this release may be able to."""
        async with self._units.begin() as unit:
            again = await unit.queue.retry_failed(MOST_STARTS)
        log.info("press starts", tried_again=again)
        self.errands.start()

    async def _round(self) -> bool:
        """Make what can be claimed now. Raises AwayError where the object store takes nothing."""
        limits, translations = self._limits, self._renderer.translations
        jobs = await claim_letters(self._units, limit=limits.in_hand, lease=limits.lease, translations=translations)
        if jobs:
            faults.reached("letters.press.claimed")
        retry_after = timedelta(seconds=self.errands.trouble)
        made = await asyncio.gather(*(self._make(job, retry_after) for job in jobs))
        if made and all(each is Made.STORE_UNAVAILABLE for each in made):
            raise AwayError
        return bool(made)

    async def _make(self, job: Job, retry_after: timedelta) -> Made | None:
        about = {"letter_id": job.letter.letter_id, "list_id": job.letter.list_id}
        making = make_letter(job, self._units, self._renderer, self._store, retry_after=retry_after)
        made = await guarded(making, "letter not made", about)
        self.errands.beat()
        if made is not None:
            # A withdrawn person's letter is no fault; one that cannot be set needs somebody to look at it.
            expected = (Failure.FOLDER_CLOSED, Failure.NOT_NEEDED)
            at_fault = made is Made.FAILED and job.content not in expected
            tell = log.error if at_fault else log.info
            tell("letter", **about, outcome=made.value)
        return made
