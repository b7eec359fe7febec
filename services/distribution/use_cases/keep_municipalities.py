"""Follow the register of municipalities: lists name a municipality by its number."""

from __future__ import annotations

from collections.abc import Sequence

from services.distribution.use_cases.ports import Held, Municipalities, RegisteredMunicipality, Waiting


async def keep_municipalities(
    changed: Sequence[RegisteredMunicipality], size: int | None, municipalities: Municipalities, waiting: Waiting
) -> list[Held]:
    """Keep what the register tells; returns the messages that need wait no longer, in the order they came.

    size: how many municipalities the register says it has, where that was told.
    """
    complete = await municipalities.keep(changed, size)
    return [] if complete is None else await waiting.release(complete)
