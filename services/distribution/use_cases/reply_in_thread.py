"""IMDi writes in a thread of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.threads import Said, reply
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Ports


@dataclass(frozen=True, slots=True)
class ReplyInThread:
    """What IMDi writes, under an id of its own."""

    word: Word
    said: Said
    reply_id: str


async def reply_in_thread(message: ReplyInThread, ports: Ports, *, received_at: datetime) -> None:
    """Keep it, or send it back; what came under this id before, and is the same, is there already."""
    # The list first, and with it the lock: of two that come under one id the second sees what the first kept.
    current = await ports.lists.of_any_municipality(message.word.list_id)
    known = None if current is None else await ports.lists.written_under(current.id, message.reply_id)
    await heed(
        message.word,
        ports,
        lambda current: reply(current, message.said, message.reply_id, known, at=received_at),
        received_at=received_at,
    )
