"""Take ready letters in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.letters.domain.codes import Failure
from services.letters.domain.content import Content, compose
from services.letters.domain.letter import Letter
from services.letters.use_cases.ports import Claim, Unit, Units

MOST_STARTS = 5
"""A letter that was begun this often without an end, each time with the process or more, is given up."""

LATER = timedelta(minutes=1)


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


async def claim_letters(units: Units, *, limit: int, lease: timedelta) -> list[Job]:
    """Claim up to ``limit`` letters, for as long as ``lease``, in one short transaction."""
    async with units.begin() as unit:
        jobs = []
        for claim in await unit.queue.claim(limit, until=unit.now + lease):
            content = await _content(claim.letter, unit) if claim.starts <= MOST_STARTS else Failure.CANNOT_BE_RENDERED
            if content is None:
                await unit.queue.put_back(claim, unit.now + LATER)
            else:
                jobs.append(Job(claim, content))
        return jobs


async def _content(letter: Letter, unit: Unit) -> Content | Failure | None:
    """Put the letter's content together; None where something it waited for is not here after all."""
    municipality = await unit.copies.municipality(letter.municipality_id)
    answered_on = await unit.copies.answered_on(letter.list_id)
    if municipality is None or answered_on is None:
        return None
    folders = await unit.copies.open_folders(letter.list_id, letter.persons)
    return compose(letter, municipality, folders, answered_on)
