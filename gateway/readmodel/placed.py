"""Placed persons by their DUF number: of the own municipality, and of nobody else."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.distribution.v1 import PersonState
from gateway.readmodel.reader import Reader

# A folder is there from the placement until a withdrawal; the status is asked for all the same, as the two are
# projected one after the other.
PLACED = """
SELECT coalesce(jsonb_agg(person.body ORDER BY person.list_id DESC, person.running_number), '[]') AS persons
FROM readmodel.person_folder AS folder JOIN readmodel.person USING (list_id, running_number)
WHERE folder.municipality_id = $1 AND person.municipality_id = $1 AND folder.duf_number = $2
  AND person.status IN ('placed', 'settled') AND person.body ->> 'erased_at' IS NULL
"""


async def find_placed(reader: Reader, municipality_id: str, duf_number: str) -> Sequence[PersonState]:
    """Find the persons with this number that are placed to the municipality, without who they are."""
    row = await reader.row(municipality_id, PLACED, municipality_id, duf_number)
    assert row is not None
    return [PersonState.model_validate(body) for body in row["persons"]]
