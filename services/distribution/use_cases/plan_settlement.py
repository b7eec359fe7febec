"""Say in which week placed persons can be received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.distribution.domain.calendar import Week
from services.distribution.domain.lists import Asked
from services.distribution.domain.settlement import plan_settlement as decide
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class PlanSettlement:
    """Plan a week for persons of a list; None: none any more."""

    addressed: Addressed
    asked: Asked
    running_numbers: Sequence[int]
    week: Week | None


async def plan_settlement(command: PlanSettlement, lists: Lists) -> Outcome:
    """Plan, or refuse."""
    return await carry_out(
        command.addressed,
        lists,
        lambda current: decide(current, command.asked, command.running_numbers, command.week),
    )
