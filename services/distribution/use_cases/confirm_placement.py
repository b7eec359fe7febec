"""IMDi confirms which accepted persons are placed (policy ``imdi-confirmed``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.answering import confirm_placement as decide
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Ports


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Which persons IMDi says are placed, by running number."""

    word: Word
    placed: Sequence[int]


async def confirm_placement(
    confirmation: Confirmation,
    ports: Ports,
    *,
    received_at: datetime,
) -> None:
    """Place them all, or send the confirmation back; who is placed already stays placed."""
    await heed(
        confirmation.word,
        ports,
        lambda current: decide(current, confirmation.placed, at=received_at),
        received_at=received_at,
    )
