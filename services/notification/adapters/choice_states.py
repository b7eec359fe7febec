"""Telling choices again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.notification.choices import NoticeChoiceState
from contracts.topics import NOTIFICATION_STATE
from services.notification.adapters.choices import PgChoices, publish_choice

# $1: ``<municipality>/choices/<user>`` or NULL; $2: municipality or NULL; $3: chosen from then on, or NULL.
IDS = """
SELECT key FROM (
    SELECT municipality_id || '/choices/' || user_id AS key, municipality_id, chosen_at FROM notice_choice
) AS every
WHERE ($1::text[] IS NULL OR key = ANY($1)) AND ($2::text IS NULL OR municipality_id = $2)
  AND ($3::timestamptz IS NULL OR chosen_at >= $3) AND key > $4
ORDER BY key LIMIT $5
"""

PRESENT = """
SELECT key FROM unnest($1::text[]) AS key JOIN notice_choice
    ON municipality_id = split_part(key, '/', 1) AND user_id = split_part(key, '/', 3)
"""


@dataclass(frozen=True, slots=True)
class ChoiceStates:
    """How users want notices to reach them."""

    name: str = "choices"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {NOTIFICATION_STATE.name: (NoticeChoiceState.message_type,)}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next keys."""
        keys = None if selection.keys is None else list(selection.keys)
        rows = await connection.fetch(IDS, keys, selection.scope, selection.since, after, most)
        return [row["key"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the choice; choices are never deleted."""
        municipality_id, _, user_id = identity.split("/")
        held = await PgChoices(transaction).lock(municipality_id)
        await publish_choice(transaction, next(one for one in held if one.user_id == user_id))

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Tell which choices there are."""
        return {row["key"] for row in await connection.fetch(PRESENT, list(keys))}
