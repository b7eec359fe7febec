"""IMDi gives a municipality more time to answer a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.distribution.domain.reply_clock import extend
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Ports


@dataclass(frozen=True, slots=True)
class ExtendDeadline:
    """Until when the municipality may answer: the end of that date in Norway."""

    word: Word
    deadline: date


async def extend_deadline(extension: ExtendDeadline, ports: Ports, *, received_at: datetime) -> None:
    """Move the deadline, or send the message back; what was moved so before stays as it is."""
    await heed(
        extension.word,
        ports,
        lambda current: extend(current, extension.deadline, at=received_at),
        received_at=received_at,
    )
