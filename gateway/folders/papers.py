"""Papers and searches that tell who somebody is: that they were looked at is written down first, as with a folder."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.codes import LetterKind
from contracts.distribution.v1 import PersonState
from contracts.letters.v1 import LetterState
from gateway.folders.looks import Looks, Part, Purpose, Viewer, Wanted

NAMING = frozenset({LetterKind.LETTER_TO_PERSON, LetterKind.PLACEMENT_DECISION, LetterKind.CORRECTED_DECISION})
"""Kinds of letters that name persons; a withdrawal has running numbers only."""


def named_in(letter: LetterState) -> set[int]:
    """Give the running numbers of those whom a letter names, also of who was taken back since."""
    if letter.kind not in NAMING:
        return set()
    # a letter of before letters told whom they are about has at most the one it is sent to
    return {*letter.persons, *([letter.running_number] if letter.running_number else [])}


async def write_down(looks: Looks, viewer: Viewer, letters: Iterable[LetterState], part: Part) -> None:
    """Write a row for each person whom the letters name. Raises LookNotRecordedError: then they are not given."""
    whom = {(one.municipality_id, one.list_id, number) for one in letters for number in named_in(one)}
    await looks.record_all(viewer, [Wanted(*one, part, Purpose.SETTLEMENT) for one in sorted(whom)])


async def write_down_hits(looks: Looks, viewer: Viewer, found: Iterable[PersonState]) -> None:
    """Write a row for each person found by number. Raises LookNotRecordedError: then nobody is shown."""
    wanted = [
        Wanted(one.municipality_id, one.list_id, one.running_number, Part.SEARCH, Purpose.SETTLEMENT) for one in found
    ]
    await looks.record_all(viewer, wanted)
