"""The press: makes ready letters, a few at a time, beside the reading of messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from chassis import faults
from chassis.running.errands import AwayError, Errands, Hands, Pace, guarded
from chassis.seeing import traced
from services.letters.domain.codes import Failure
from services.letters.entrypoints.counts import count
from services.letters.entrypoints.recorder import Recorder
from services.letters.use_cases.claim_letters import MOST_STARTS, Job, claim_letters
from services.letters.use_cases.make_letter import Made, make_letter
from services.letters.use_cases.outside import ObjectStore, Renderer
from services.letters.use_cases.ports import Units

log = structlog.get_logger(__name__)

PACE = Pace(rest=(0.02, 1.0), trouble=(0.5, 30.0))
LONGEST_REST = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """``in_hand``: most letters claimed at once. ``lease``: after this a claimed letter may be claimed by others.

    stuck_after: seconds without a letter's end after which the press is not alive.
    """

    in_hand: int
    lease: timedelta
    stuck_after: float

    @property
    def together(self) -> int:
        """How many letters are recorded in one transaction at most: half, so that others are set meanwhile."""
        return max(1, self.in_hand // 2)

    @property
    def enough(self) -> int:
        """How many hands must be free before more is claimed: a claim for each letter would cost a transaction each."""
        return max(1, self.in_hand // 2)


class Press:
    """Runs from ``start`` to ``stop``; several, in several processes, share the work."""

    def __init__(self, units: Units, renderer: Renderer, store: ObjectStore, limits: Limits) -> None:
        self._units = units
        self._renderer = renderer
        self._store = store
        self._limits = limits
        longest = max(limits.stuck_after, limits.lease.total_seconds())
        self._hands = Hands(limits.in_hand, longest=2 * longest)
        self._errands = Errands("press", self._round, PACE, longest=longest)
        self._away = False
        self._recorder = Recorder(units, limits.together, lambda: self._held)
        self._held = 0

    async def start(self) -> None:
        """Begin. Letters that could not be rendered get another try: this release may be able to."""
        async with self._units.begin() as unit:
            again = await unit.queue.retry_failed(MOST_STARTS)
        log.info("press starts", tried_again=again)
        self._errands.start()

    def wake(self) -> None:
        """Tell it that letters are ready, or will be once a transaction has committed."""
        self._errands.wake()

    def stuck(self) -> bool:
        """Tell whether a restart would help."""
        return self._errands.stuck() or self._hands.stuck()

    async def stop(self, patience: float) -> None:
        """End. What is not made within ``patience`` seconds is cut off, and claimed anew when its lease is over."""
        await asyncio.gather(self._errands.stop(patience), self._hands.stop(patience))
        await self._hands.stop(0)  # begun by a round that has just ended

    async def _round(self) -> bool:
        """Take letters in hand, or wait for hands to be free. Raises AwayError where something is away."""
        if self._away:
            return await self._probe()
        if self._hands.free < self._limits.enough:
            await self._hands.one_done(LONGEST_REST)
            return True
        jobs = await self._claim()
        for job in jobs:
            self._hands.take(self._make(job))
        return bool(jobs)

    async def _probe(self) -> bool:
        """Try with a few whether what was away is back; until then no others are taken in hand."""
        jobs = await self._claim()
        made = await asyncio.gather(*(self._make(job) for job in jobs))
        self._away = bool(made) and all(each is Made.UNAVAILABLE for each in made)
        if self._away:
            raise AwayError
        return bool(made)

    async def _claim(self) -> list[Job]:
        limits = self._limits
        jobs = await claim_letters(
            self._units, limit=self._hands.free, lease=limits.lease, translations=self._renderer.translations
        )
        if jobs:
            faults.reached("letters.press.claimed")
        return jobs

    async def _make(self, job: Job) -> Made | None:
        about = {"letter_id": job.letter.letter_id, "list_id": job.letter.list_id}
        retry_after = timedelta(seconds=self._errands.trouble)
        with traced.errand("make letter", {"fordeling.letter.kind": job.letter.kind}, job.claim.traceparent) as span:
            record = self._recorder.record
            making = make_letter(job, self._units, self._renderer, self._store, retry_after=retry_after, record=record)
            self._held += 1
            try:
                made = await guarded(making, "letter not made", about)
            finally:
                self._held -= 1
            span.note("fordeling.letter.outcome", made.value if made else "error")
        self._errands.beat()
        if made is not None:
            _count(job, made)
            self._away = self._away or made is Made.UNAVAILABLE
            # A withdrawn person's letter is no fault; one that cannot be set needs somebody to look at it.
            expected = (Failure.FOLDER_CLOSED, Failure.NOT_NEEDED)
            at_fault = made is Made.FAILED and job.content not in expected
            tell = log.error if at_fault else log.info
            tell("letter", **about, outcome=made.value)
        return made


def _count(job: Job, made: Made) -> None:
    if made is Made.CREATED:
        count(job.letter.kind, "made")
    elif made is Made.FAILED:
        count(job.letter.kind, job.content if isinstance(job.content, Failure) else "not_made")
