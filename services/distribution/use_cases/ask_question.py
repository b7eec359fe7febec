"""Ask IMDi about a list or a person of it, before answering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.lists import Actor
from services.distribution.domain.threads import Said, ask
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """Ask this. ``at``: now."""

    addressed: Addressed
    actor: Actor
    said: Said
    at: datetime


async def ask_question(command: AskQuestion, lists: Lists) -> Outcome:
    """Ask, or refuse."""
    return await carry_out(
        command.addressed, lists, lambda current: ask(current, command.said, command.actor, at=command.at)
    )
