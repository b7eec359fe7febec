"""IMDi has taken persons of a list back: plan the letters that tell the municipality."""

from __future__ import annotations

from services.letters.domain.planning import TakenBack, plan_withdrawal
from services.letters.use_cases.entities import letter_id, needs
from services.letters.use_cases.ports import Unit


async def withdraw_persons(taken: TakenBack, unit: Unit) -> int:
    """Plan a letter about those who had been accepted, and corrected decisions. Returns how many are ready at once."""
    accepted = await unit.copies.accepted(taken.list_id) | await unit.letters.covered(taken.list_id)
    decided = await unit.letters.take_back(taken.list_id, taken.persons)
    planned = plan_withdrawal(taken, accepted, decided, unit.now, letter_id)
    await unit.letters.add(planned)
    return sum([await unit.queue.put(letter.letter_id, needs(letter)) for letter, _ in planned])
