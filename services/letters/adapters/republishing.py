"""Telling letters again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.letters.v1 import LetterState
from contracts.topics import LETTERS_STATE
from services.letters.adapters.letters import PgLetters, publish_state

# $1: letter ids or NULL; $2: municipality or NULL; $3: planned, made, sent or moved from then on, or NULL.
IDS = """
SELECT letter_id FROM letter
WHERE ($1::text[] IS NULL OR letter_id = ANY($1))
  AND ($2::text IS NULL OR municipality_id = $2)
  AND ($3::timestamptz IS NULL
       OR greatest(planned_at, created_at, handed_over_at, (statuses -> -1 ->> 'at')::timestamptz,
                erased_at) >= $3)
  AND letter_id > $4
ORDER BY letter_id LIMIT $5
"""

PRESENT = "SELECT letter_id FROM letter WHERE letter_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class LetterStates:
    """Letters."""

    name: str = "letters"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {LETTERS_STATE.name: (LetterState.message_type,)}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next letter ids."""
        keys = None if selection.keys is None else list(selection.keys)
        rows = await connection.fetch(IDS, keys, selection.scope, selection.since, after, most)
        return [row["letter_id"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the letter; letters are never deleted."""
        await publish_state(transaction, await PgLetters(transaction).lock(identity))

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Tell which letters there are."""
        return {row["letter_id"] for row in await connection.fetch(PRESENT, list(keys))}
