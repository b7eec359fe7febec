"""Register that placed persons have moved in, a household at once, or correct their dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.distribution.domain.lists import Asked
from services.distribution.domain.settlement import MovedIn, register_settlements as decide
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class RegisterSettlements:
    """Settle persons of a list."""

    addressed: Addressed
    asked: Asked
    moved_in: Sequence[MovedIn]


async def register_settlements(command: RegisterSettlements, lists: Lists) -> Outcome:
    """Register all, or refuse."""
    return await carry_out(command.addressed, lists, lambda current: decide(current, command.asked, command.moved_in))
