"""Send svar: send what was approved, once and for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.answering import send_answer as decide
from services.distribution.domain.codes import PlacementPolicy
from services.distribution.domain.lists import Asked
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists, Municipalities


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """Send the answer. ``accepted_at``: when the gateway took it."""

    addressed: Addressed
    asked: Asked
    accepted_at: datetime


async def send_answer(
    command: SendAnswer, lists: Lists, municipalities: Municipalities, *, policy: PlacementPolicy
) -> Outcome:
    """Send, and place whom ``policy`` places; or refuse."""
    four_eyes = await municipalities.four_eyes(command.addressed.municipality_id)
    return await carry_out(
        command.addressed,
        lists,
        lambda current: decide(
            current, command.asked, accepted_at=command.accepted_at, policy=policy, four_eyes=four_eyes
        ),
    )
