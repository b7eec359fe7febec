"""Record letters whose objects are stored: several in one transaction, each as if it were alone in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.letters.domain.codes import Kind
from services.letters.domain.content import Content, Folder, LetterToPerson, running_numbers
from services.letters.domain.letter import Change, Document, Letter, create
from services.letters.use_cases.ports import Claim, Unit, Units


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that has been written. ``size`` in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A letter that is set and stored. ``traceparent``: of its making, where that is traced."""

    claim: Claim
    content: Content
    stored: Stored
    traceparent: str | None = None

    @property
    def letter_id(self) -> str:
        """Its letter's id."""
        return self.claim.letter.letter_id


async def record_one(finished: Finished, units: Units) -> bool:
    """Record one alone; False where that is no longer its claim's to do."""
    return bool(await record_letters([finished], units))


async def record_letters(finished: Sequence[Finished], units: Units) -> frozenset[str]:
    """Record those that are still their claims' to record; tells which, by id. No letter may be there twice."""
    made = {each.letter_id: each for each in finished}
    async with units.begin() as unit:
        letters = await unit.letters.lock_all(made)
        await unit.copies.look_ahead(letters)
        # What was just stored of a letter that is erased is deleted with the rest, a little later. One whose folders
        # are not as it tells them stays claimed: after the lease it is made anew from what is open then.
        whole = [each for each in letters if each.erased_at is None and await _holds(made[each.letter_id], each, unit)]
        settled = await unit.queue.settle_all([made[each.letter_id].claim for each in whole])
        changes = [_change(made[each.letter_id], each, unit) for each in whole if each.letter_id in settled]
        traces = {each.letter_id: each.traceparent for each in finished if each.traceparent}
        created = [change for change in changes if change]
        await unit.letters.save_all(created, traces)
        await _after([letter for letter, _ in created], unit)
    return settled


async def _holds(finished: Finished, letter: Letter, unit: Unit) -> bool:
    """Tell whether the folders that it names are open still, and its address the same."""
    if not letter.kind.names_persons:
        return True
    still_open = await unit.copies.open_folders(letter.list_id, letter.persons)
    return still_open.keys() == running_numbers(finished.content) and not _moved(finished.content, still_open)


def _moved(content: Content, folders: Mapping[int, Folder]) -> bool:
    """Tell whether the address that the content shows was corrected since it was put together."""
    if not isinstance(content, LetterToPerson):
        return False
    return folders[content.person.running_number].address_version != content.person.address_version


def _change(finished: Finished, letter: Letter, unit: Unit) -> Change | None:
    content, stored = finished.content, finished.stored
    to_person = content if isinstance(content, LetterToPerson) else None
    address_version = to_person.person.address_version if to_person else None
    document = Document(stored.key, stored.sha256, stored.size, unit.now, address_version)
    named = tuple(sorted(running_numbers(content)))
    return create(letter, content.language, document, named, to_person.translation if to_person else None)


async def _after(letters: Collection[Letter], unit: Unit) -> None:
    """Have the letters sent that go to somebody, and tell what their lists' archives hold now."""
    await unit.errands.add([letter.letter_id for letter in letters if letter.kind.sent])
    for letter in letters:
        if letter.kind is Kind.ANSWER:
            await unit.copies.forget_whole_answer(letter.list_id)
    await unit.archives.tell_complete([letter for letter in letters if letter.kind.of_list])
