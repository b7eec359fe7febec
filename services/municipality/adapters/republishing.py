"""Telling the register and the ledger again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.municipality.v1 import (
    LedgerChangeState,
    LedgerEntryState,
    LedgerListState,
    LedgerYearState,
    MunicipalityState,
    RegisterState,
)
from contracts.topics import MUNICIPALITY_STATE
from services.municipality.adapters.ledgers import PgLedgers
from services.municipality.adapters.municipalities import PgMunicipalities, publish_state
from services.municipality.adapters.register import KEY, PgRegister

# $1: municipality ids or NULL; $2: one municipality or NULL. When one last changed is kept nowhere.
MUNICIPALITIES = """
SELECT id FROM municipality
WHERE ($1::text[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR id = $2) AND id > $3
ORDER BY id LIMIT $4
"""

PRESENT = {
    MunicipalityState.message_type: "SELECT id AS key FROM municipality WHERE id = ANY($1)",
    LedgerYearState.message_type: """
SELECT municipality_id || '/' || year AS key FROM ledger_year WHERE municipality_id || '/' || year = ANY($1)
""",
    LedgerListState.message_type: """
SELECT municipality_id || '/' || year || '/' || list_id AS key FROM ledger_list
WHERE list_id IN (SELECT split_part(key, '/', 3) FROM unnest($1::text[]) AS asked (key))
  AND municipality_id || '/' || year || '/' || list_id = ANY($1)
""",
    LedgerEntryState.message_type: """
SELECT municipality_id || '/' || year || '/entries/' || line AS key FROM ledger_line
WHERE municipality_id IN (SELECT split_part(key, '/', 1) FROM unnest($1::text[]) AS asked (key))
  AND municipality_id || '/' || year || '/entries/' || line = ANY($1)
""",
    LedgerChangeState.message_type: """
SELECT municipality_id || '/' || year || '/changes/' || ledger_version AS key
FROM (
    SELECT municipality_id, year, ledger_version FROM ledger_request
    UNION ALL SELECT municipality_id, year, ledger_version FROM ledger_resolution
    UNION ALL SELECT municipality_id, year, ledger_version FROM ledger_deadline
) AS change
WHERE municipality_id IN (SELECT split_part(key, '/', 1) FROM unnest($1::text[]) AS asked (key))
  AND municipality_id || '/' || year || '/changes/' || ledger_version = ANY($1)
""",
}


@dataclass(frozen=True, slots=True)
class MunicipalityStates:
    """Municipalities, each with its ledger years and what lists hold in them: one lock guards it all."""

    name: str = "municipalities"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {MUNICIPALITY_STATE.name: tuple(PRESENT)}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next municipality ids; a ledger's key means its municipality. ``since`` leaves nothing out."""
        keys = None if selection.keys is None else [key.split("/", maxsplit=1)[0] for key in selection.keys]
        rows = await connection.fetch(MUNICIPALITIES, keys, selection.scope, after, most)
        return [row["id"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the municipality, then its years, then what lists hold in them."""
        municipality = await PgMunicipalities(transaction).get(identity)
        if municipality is not None:
            await publish_state(transaction, municipality)
            await PgLedgers(transaction).tell_again(identity)

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:
        """Tell which of them there are."""
        return {row["key"] for row in await connection.fetch(PRESENT[message_type], list(keys))}


@dataclass(frozen=True, slots=True)
class RegisterStates:
    """The register with its size; told behind the municipalities that it counts."""

    name: str = "register"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {MUNICIPALITY_STATE.name: (RegisterState.message_type,)}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:  # noqa: ARG002
        """Give the one id, where all is told or the register is asked for."""
        wanted = selection.scope is None and (selection.keys is None or KEY in selection.keys)
        return [KEY] if wanted and after < KEY else []

    async def tell(self, transaction: Transaction, identity: str) -> None:  # noqa: ARG002  there is one
        """Publish the register."""
        await PgRegister(transaction).tell_again()

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Tell that the register is always there."""
        return {KEY}
