"""Persons of a list have been placed: plan the letters that follow."""

from __future__ import annotations

from services.letters.domain.planning import Placement, plan
from services.letters.use_cases.entities import letter_id, needs
from services.letters.use_cases.ports import Unit


async def plan_letters(placement: Placement, unit: Unit) -> int:
    """Plan a decision and the persons' letters; each waits for what it needs. Returns how many are ready at once."""
    covered = await unit.letters.covered(placement.list_id)
    planned = plan(placement, covered, unit.now, letter_id)
    await unit.letters.add(planned)
    ready = [await unit.queue.put(letter.letter_id, needs(letter, placement.list_version)) for letter, _ in planned]
    return sum(ready)
