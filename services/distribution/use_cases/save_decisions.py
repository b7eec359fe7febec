"""Keep the answering form as a draft."""

from __future__ import annotations

from dataclasses import dataclass

from services.distribution.domain.drafts import Form
from services.distribution.domain.lists import Asked
from services.distribution.domain.treatment import save_decisions as decide
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class SaveDecisions:
    """Keep what the form holds; a decline in it may still lack its reason."""

    addressed: Addressed
    asked: Asked
    form: Form


async def save_decisions(command: SaveDecisions, lists: Lists) -> Outcome:
    """Save, or refuse."""
    return await carry_out(command.addressed, lists, lambda current: decide(current, command.form, command.asked))
