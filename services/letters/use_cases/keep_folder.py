"""A person folder has been opened, or has changed."""

from __future__ import annotations

from services.letters.domain.content import Folder
from services.letters.use_cases import entities
from services.letters.use_cases.ports import Unit


async def keep_folder(folder: Folder, version: int, unit: Unit) -> int:
    """Keep a copy of what letters need of it. Returns how many letters are ready now."""
    await unit.copies.keep_folder(folder, version)
    return await unit.queue.arrived(entities.folder(folder.list_id, folder.running_number), version)
