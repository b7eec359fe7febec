"""Where persons live, in the table of their identities."""

from __future__ import annotations

from chassis.storage.database import Connection
from services.distribution.adapters.person_documents import from_address, to_address
from services.distribution.domain.addresses import Residence
from services.distribution.domain.events import AddressCorrected

READ = "SELECT address, address_corrections FROM person_identity WHERE list_id = $1 AND running_number = $2"

UPDATE = "UPDATE person_identity SET address = $3 WHERE list_id = $1 AND running_number = $2"

KEEP_CORRECTION = """
UPDATE person_identity SET address_corrections = array_append(address_corrections, $3)
WHERE list_id = $1 AND running_number = $2
"""


async def read(connection: Connection, list_id: str, running_number: int) -> Residence | None:
    """Read where a person lives; None of nobody, or of somebody erased."""
    row = await connection.fetchrow(READ, list_id, running_number)
    return None if row is None else Residence(to_address(row["address"]), tuple(row["address_corrections"]))


async def update(connection: Connection, list_id: str, event: AddressCorrected) -> None:
    """Write where a person lives now; the address before is not kept."""
    await connection.execute(UPDATE, list_id, event.running_number, from_address(event.address))


async def keep_correction(connection: Connection, list_id: str, running_number: int, correction_id: str) -> None:
    """Write that a correction has been heeded."""
    await connection.execute(KEEP_CORRECTION, list_id, running_number, correction_id)
