"""Take ready letters in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.letters.domain.codes import Failure
from services.letters.domain.content import Content
from services.letters.domain.letter import Letter
from services.letters.use_cases.gather import gather
from services.letters.use_cases.ports import Claim, Units

MOST_STARTS = 5
"""A letter that was begun this often without an end, each time with the process or more, is given up."""

LATER = timedelta(seconds=10)
"""When to look again for what a letter needs and is not known yet."""


@dataclass(frozen=True, slots=True)
class Job:
    """A letter in hand: what it tells, or why it cannot be made."""

    claim: Claim
    content: Content | Failure

    @property
    def letter(self) -> Letter:
        """The letter as it was when it was claimed."""
        return self.claim.letter

    @property
    def begun_before(self) -> bool:
        """Whether an earlier try may have left an object."""
        return self.claim.starts > 1


async def claim_letters(
    units: Units, *, limit: int, lease: timedelta, translations: frozenset[str] = frozenset()
) -> list[Job]:
    """Claim up to ``limit`` letters, for as long as ``lease``, in one short transaction.

    translations: see ``ports.Renderer``.
    """
    async with units.begin() as unit:
        jobs = []
        claims = await unit.queue.claim(limit, until=unit.now + lease)
        await unit.copies.look_ahead([claim.letter for claim in claims])
        for claim in claims:
            given_up = claim.starts > MOST_STARTS
            content = Failure.CANNOT_BE_RENDERED if given_up else await gather(claim.letter, unit, translations)
            if content is None:
                await unit.queue.put_back(claim, unit.now + LATER)
            else:
                jobs.append(Job(claim, content))
        return jobs
