"""Register that a placed person has moved in, or correct the date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.distribution.domain.lists import Asked
from services.distribution.domain.settlement import register_settlement as decide
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class RegisterSettlement:
    """Settle one person of a list."""

    addressed: Addressed
    asked: Asked
    running_number: int
    settlement_date: date


async def register_settlement(command: RegisterSettlement, lists: Lists) -> Outcome:
    """Register, or refuse."""
    return await carry_out(
        command.addressed,
        lists,
        lambda current: decide(
            current,
            command.asked,
            running_number=command.running_number,
            settlement_date=command.settlement_date,
        ),
    )
