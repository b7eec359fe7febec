"""Operations have a letter tried once more that could not be made."""

from __future__ import annotations

from enum import StrEnum

from services.letters.use_cases.ports import Unit


class MadeAgain(StrEnum):
    """What came of it."""

    DONE = "done"
    UNKNOWN = "there is no such letter"
    NOT_FAILED = "it is made, on its way to be made, or not to be made"


async def make_again(letter_id: str, unit: Unit) -> MadeAgain:
    """Have it made as if no worker had died of it yet. That it failed stays in its state until it is made."""
    if not await unit.letters.exists(letter_id):
        return MadeAgain.UNKNOWN
    letter = await unit.letters.lock(letter_id)
    if letter.document is not None or letter.erased_at is not None or not (letter.failure and letter.failure.at_fault):
        return MadeAgain.NOT_FAILED
    await unit.queue.again(letter_id)
    return MadeAgain.DONE
