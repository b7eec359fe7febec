"""Take an approval back, before the answer is sent."""

from __future__ import annotations

from dataclasses import dataclass

from services.distribution.domain.lists import Asked
from services.distribution.domain.treatment import return_to_treatment as decide
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class ReturnToTreatment:
    """Return an approved list to treatment."""

    addressed: Addressed
    asked: Asked


async def return_to_treatment(command: ReturnToTreatment, lists: Lists) -> Outcome:
    """Return it, or refuse."""
    return await carry_out(command.addressed, lists, lambda current: decide(current, command.asked))
