"""A list has been answered: its letters name the day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from services.letters.use_cases import entities
from services.letters.use_cases.ports import Unit


async def keep_answer(list_id: str, version: int, answered_on: date, unit: Unit, accepted: Collection[int] = ()) -> int:
    """Keep the day of the answer, and whom it accepts. Returns how many letters are ready now."""
    await unit.copies.keep_answer(list_id, answered_on, accepted)
    return await unit.queue.arrived(entities.answer(list_id), version)
