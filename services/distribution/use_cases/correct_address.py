"""IMDi corrects the address of a person of a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from services.distribution.domain.addresses import correct_address as decide
from services.distribution.domain.persons import Address
from services.distribution.use_cases.imdis_word import Word, heed
from services.distribution.use_cases.ports import Ports


@dataclass(frozen=True, slots=True)
class CorrectAddress:
    """Who lives where. ``id``: the message's: by it a repeat is told from IMDi going back to an address from before."""

    word: Word
    id: str
    running_number: int
    address: Address = field(repr=False)


async def correct_address(correction: CorrectAddress, ports: Ports, *, received_at: datetime) -> None:
    """Keep the address and tell the folder anew, or send the message back; a repeat of one heeded before is nothing."""
    number, lists = correction.running_number, ports.lists
    # The list first, and with it the lock: of two corrections the second sees what the first kept.
    current = await lists.of_any_municipality(correction.word.list_id)
    known = None if current is None else await lists.residence(current.id, number)
    if known is not None and correction.id in known.corrections:
        return
    done = await heed(
        correction.word,
        ports,
        lambda current: decide(current, number, correction.address, known, at=received_at),
        received_at=received_at,
    )
    if done:
        await lists.keep_correction(correction.word.list_id, number, correction.id)
