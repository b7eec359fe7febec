"""IMDi asks a municipality for places in a year: plan the letter that asks."""

from __future__ import annotations

from dataclasses import replace

from services.letters.domain.about import request_case
from services.letters.domain.calendar import day_in_norway
from services.letters.domain.planning import Asked, plan_request
from services.letters.use_cases.entities import letter_id, needs
from services.letters.use_cases.ports import Unit


async def request_places(asked: Asked, unit: Unit) -> int:
    """Plan the letter. Returns how many are ready at once.

    A request whose day to answer by is over gets none: it is read again after an upgrade or a restore.
    """
    requested = asked.requested
    if requested.answer_by < day_in_norway(unit.now):
        return 0
    changed = await unit.letters.asked_before(request_case(asked.municipality_id, requested.year))
    planned = plan_request(replace(asked, requested=replace(requested, changed=changed)), unit.now, letter_id)
    letter, _ = planned
    if await unit.letters.exists(letter.letter_id):
        return 0
    await unit.letters.add([planned])
    return int(await unit.queue.put(letter.letter_id, needs(letter)))
