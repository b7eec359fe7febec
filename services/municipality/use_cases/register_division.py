"""Bring the register in line with a division of the country, at each start."""

from __future__ import annotations

from services.municipality.domain.register import follow_division
from services.municipality.use_cases.ports import Division, Register, RegisterHead


async def register_division(division: Division, register: Register) -> int:
    """Register what the division adds, changes or merges; returns how many municipalities that are.

    Followed before: nothing happens. Raises DivisionError where the division loses or splits a registered municipality.
    """
    head = await register.head()
    if head.digest == division.digest:
        return 0
    known = await register.municipalities()
    changed = follow_division(known, division.rows)
    # who has merged stays in the register
    size = len({municipality.id for municipality in (*known, *changed)})
    await register.follow(changed, RegisterHead(head.version + 1, division.digest), size)
    return len(changed)
