"""Operations have a letter sent again that reached nobody: the same letter, as another attempt.

One that shows an address corrected since is made anew first, by whoever comes to send it (``send_letters``).
"""

from __future__ import annotations

from enum import StrEnum

from services.letters.domain.letter import send_again as begun_again
from services.letters.use_cases.ports import Unit


class SentAgain(StrEnum):
    """What came of it."""

    DONE = "done"
    UNKNOWN = "there is no such letter"
    NOT_IN_VAIN = "it was neither refused nor returned: it is on its way, has arrived, or is not to be sent"


async def send_again(letter_id: str, unit: Unit) -> SentAgain:
    """Begin another attempt. To whom it goes is looked up when it is handed over: what was corrected counts."""
    if not await unit.letters.exists(letter_id):
        return SentAgain.UNKNOWN
    change = begun_again(await unit.letters.lock(letter_id))
    if change is None:
        return SentAgain.NOT_IN_VAIN
    await unit.letters.save(change)
    await unit.errands.add_again(letter_id)
    return SentAgain.DONE
