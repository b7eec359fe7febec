"""Person folders: open from the placement until a withdrawal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.distribution.v1 import PersonFolderState, PersonState
from gateway.readmodel.reader import Reader

# Two topics tell of a person. The folder is closed as soon as either says so, whichever comes first.
OPEN_FOLDER = """
FROM readmodel.person_folder AS folder JOIN readmodel.person USING (list_id, running_number, municipality_id)
WHERE list_id = $1 AND running_number = $2 AND municipality_id = $3 AND person.status IN ('placed', 'settled')
  AND person.body ->> 'erased_at' IS NULL
"""

# Whether there is one, without reading anything of it.
HAS_FOLDER = f"SELECT true AS is_open {OPEN_FOLDER}"

# $4: whether the health part is wanted; else it does not leave the database. household: running numbers.
FOLDER = f"""
SELECT CASE WHEN $4::boolean THEN folder.body ELSE folder.body - 'health_note' END AS folder,
       CASE WHEN $4::boolean THEN person.body ELSE person.body - ARRAY['needs', 'needs_note'] END AS person,
       (SELECT array_agg(other.running_number ORDER BY other.running_number)
        FROM readmodel.person AS other
        WHERE other.list_id = $1 AND other.municipality_id = $3 AND other.status IN ('placed', 'settled')
          AND other.body -> 'household' = person.body -> 'household') AS household
{OPEN_FOLDER}
"""  # noqa: S608  ours, and constant


ERASED = """
SELECT body FROM readmodel.person
WHERE list_id = $1 AND running_number = $2 AND municipality_id = $3 AND body ->> 'erased_at' IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder. ``person``: what was told before, and how far it has come.

    household: running numbers of the placed persons of the household, this one among them.
    """

    identity: PersonFolderState
    person: PersonState
    household: tuple[int, ...]


async def find_erased(reader: Reader, municipality_id: str, list_id: str, running_number: int) -> PersonState | None:
    """Find a person of the municipality of whom nothing is known any more; None of anybody else."""
    row = await reader.row(municipality_id, ERASED, list_id, running_number, municipality_id)
    return None if row is None else PersonState.model_validate(row["body"])


async def has_folder(reader: Reader, municipality_id: str, list_id: str, running_number: int) -> bool:
    """Whether the municipality has an open folder of the person."""
    return await reader.row(municipality_id, HAS_FOLDER, list_id, running_number, municipality_id) is not None


async def find_folder(
    reader: Reader, municipality_id: str, list_id: str, running_number: int, *, health: bool
) -> Folder | None:
    """Read an open folder, with its health part or without. Only after the look has been written down."""
    row = await reader.row(municipality_id, FOLDER, list_id, running_number, municipality_id, health)
    if row is None:
        return None
    folder: dict[str, Any] = row["folder"]
    return Folder(
        PersonFolderState.model_validate(folder), PersonState.model_validate(row["person"]), tuple(row["household"])
    )
