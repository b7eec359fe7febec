"""A municipality has answered a list: plan the paper that keeps its answer."""

from __future__ import annotations

from services.letters.domain.content import Answer
from services.letters.domain.planning import plan_answer
from services.letters.use_cases.entities import letter_id, needs
from services.letters.use_cases.ports import Unit


async def record_answer(answer: Answer, municipality_id: str, unit: Unit) -> int:
    """Plan the paper, once. Returns how many are ready at once."""
    planned = plan_answer(answer.list_id, municipality_id, answer.answered_on, unit.now, letter_id)
    letter, _ = planned
    if await unit.letters.exists(letter.letter_id):
        return 0
    await unit.copies.keep_whole_answer(answer)
    await unit.letters.add([planned])
    return int(await unit.queue.put(letter.letter_id, needs(letter)))
