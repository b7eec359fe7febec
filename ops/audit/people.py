"""Which person a report is about: by list and running number on each list; by a number only to find those."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops.dead_letters.places import database
from ops.errors import UserError

PERSON = re.compile(r"([A-Z0-9][A-Z0-9-]{2,39})/([0-9]{1,4})")
NUMBER = re.compile(r"[0-9]{11,12}")

# Distribution alone keeps the numbers, for as long as it keeps the person.
FIND = """
SELECT list_id, running_number FROM person_identity WHERE duf_number = $1 OR identity_number = $1
ORDER BY list_id, running_number
"""


@dataclass(frozen=True, slots=True)
class OnList:
    """A person as a list names it."""

    list_id: str
    running_number: int

    def __str__(self) -> str:
        return f"{self.list_id}/{self.running_number}"


def on_list(text: str) -> OnList:
    """Read ``FL-2026-000123/2``. Raises UserError."""
    found = PERSON.fullmatch(text)
    if found is None:
        raise UserError(f"--person: '{text}' is no person of a list, as FL-2026-000123/2.")
    return OnList(found[1], int(found[2]))


async def by_number(given: Mapping[str, str], number: str) -> Sequence[OnList]:
    """Find a person on all lists by its DUF number or identity number. Raises UserError; no text names the number."""
    number = "".join(number.split())
    if not NUMBER.fullmatch(number):
        raise UserError("--number-file: it holds no DUF number of 12 digits, nor an identity number of 11.")
    async with database("distribution", given) as connection:
        found = [OnList(*row) for row in await connection.fetch(FIND, number)]
    if not found:
        raise UserError("--number-file: distribution knows nobody of that number (any more): name lists with --person.")
    return found
