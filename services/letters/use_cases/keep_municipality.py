"""A municipality is in the register, or has changed there."""

from __future__ import annotations

from services.letters.domain.content import Municipality
from services.letters.use_cases import entities
from services.letters.use_cases.ports import Unit


async def keep_municipality(municipality: Municipality, version: int, unit: Unit) -> int:
    """Keep a copy for the letters. Returns how many letters are ready now."""
    await unit.copies.keep_municipality(municipality, version)
    return await unit.queue.arrived(entities.municipality(municipality.municipality_id), version)
