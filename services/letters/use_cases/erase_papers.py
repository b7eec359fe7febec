"""What is known of persons is erased: their copies here, and where it is asked for the papers that tell of them.

That a paper is erased is recorded first, and what it needs to be deleted with it; the object goes afterwards, for as
long as it takes. Whoever has the letter in hand meanwhile does not get it recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.letters.domain.codes import ErasureReason
from services.letters.domain.letter import erase, object_prefix
from services.letters.use_cases.close_folder import close_folder
from services.letters.use_cases.outside import ObjectStore, StoreUnavailableError
from services.letters.use_cases.ports import Unit

AT_ONCE = 20
"""Papers a transaction."""
IN_HAND = timedelta(minutes=5)
"""So long after a letter was stopped being made nobody can be writing an object of it any more."""
LATER = timedelta(minutes=1)
"""When an object store that did not answer is asked again."""


@dataclass(frozen=True, slots=True)
class ErasedPersons:
    """Of whom nothing is known any more. ``version``: the list's by that. ``papers``: whether those go too."""

    list_id: str
    persons: Sequence[int]
    version: int
    reason: ErasureReason
    papers: bool


async def erase_persons(erased: ErasedPersons, unit: Unit) -> int:
    """Erase the copies, and the papers where they are to go. Returns how many letters are ready now, without them."""
    await unit.erasures.forget_messages(erased.list_id, erased.persons, erased.reason.value)
    if erased.papers:
        await unit.copies.forget_whole_answer(erased.list_id)
        await _erase(await unit.erasures.about(erased.list_id, erased.persons), erased.reason, unit)
    return sum([await close_folder(erased.list_id, number, erased.version, unit) for number in erased.persons])


async def erase_outdated(unit: Unit, made_before: datetime) -> bool:
    """Erase papers of lists that have been kept for long enough; tells whether there may be more."""
    found = await unit.erasures.outdated(made_before, AT_ONCE)
    await _erase(found, ErasureReason.RETENTION_OVER, unit)
    return len(found) >= AT_ONCE


async def _erase(letter_ids: Sequence[str], reason: ErasureReason, unit: Unit) -> None:
    lists = {}
    for letter_id in letter_ids:
        letter = await unit.letters.lock(letter_id)
        if change := erase(letter, reason, unit.now):
            await unit.erasures.put(letter_id, unit.now if letter.document else unit.now + IN_HAND)
            await unit.letters.save(change)
            lists[letter.list_id] = letter
    await unit.archives.tell_complete(lists.values())


async def delete_objects(unit: Unit, store: ObjectStore) -> bool:
    """Delete what is left of erased papers in the object store; tells whether there may be more."""
    letters = await unit.erasures.due(AT_ONCE)
    for letter in letters:
        try:
            await store.keep_only(object_prefix(letter), None)
        except StoreUnavailableError:
            await unit.erasures.put_off(letter.letter_id, unit.now + LATER)
        else:
            await unit.erasures.done(letter.letter_id)
    return len(letters) >= AT_ONCE
