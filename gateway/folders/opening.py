"""Opening a person folder: the look is written down first, and only then is anything of the person read."""

from __future__ import annotations

import re

from contracts.codes import Role
from gateway.folders.looks import Looks, Part, Refusal, Viewer, Wanted
from gateway.readmodel.folders import Folder, find_folder, has_folder
from gateway.readmodel.reader import Reader

LIST_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{2,39}")
NUMBERS = range(1, 1001)


class ClosedError(Exception):
    """Nothing is shown, which has been written down."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


def names_a_person(list_id: str, running_number: int) -> bool:
    """Whether these can name anybody at all."""
    return LIST_ID.fullmatch(list_id) is not None and running_number in NUMBERS


async def open_folder(reader: Reader, looks: Looks, viewer: Viewer, wanted: Wanted) -> Folder:
    """Show a part of a folder to who may see it. Raises ClosedError, LookNotRecordedError.

    Readers see who a person is, since they are to help with the settling; the health part is for settlement writers.
    """
    who = (wanted.municipality_id, wanted.list_id, wanted.running_number)
    refusal = None
    if not await has_folder(reader, *who):
        refusal = Refusal.NOT_OPEN
    elif wanted.part is Part.HEALTH and viewer.role is not Role.SETTLEMENT_WRITER:
        refusal = Refusal.ROLE
    elif wanted.purpose is None:
        refusal = Refusal.NO_PURPOSE
    await looks.record(viewer, wanted, refusal)
    if refusal is not None:
        raise ClosedError(refusal)
    found = await find_folder(reader, *who, health=wanted.part is Part.HEALTH)
    if found is None:
        # Withdrawn between the two: a second row says that nothing was shown after all.
        await looks.record(viewer, wanted, Refusal.NOT_OPEN)
        raise ClosedError(Refusal.NOT_OPEN)
    return found
