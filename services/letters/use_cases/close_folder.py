"""A person folder has been closed: nothing of its content stays here."""

from __future__ import annotations

from services.letters.use_cases import entities
from services.letters.use_cases.ports import Unit


async def close_folder(list_id: str, running_number: int, version: int, unit: Unit) -> int:
    """Erase the copy. Letters that waited for it become ready, and are then made without it or fail visibly.

    Returns how many.
    """
    await unit.copies.close_folder(list_id, running_number, version)
    return await unit.queue.arrived(entities.folder(list_id, running_number), version)
