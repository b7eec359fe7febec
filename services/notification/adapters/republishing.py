"""Telling notices again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.notification.v1 import NoticeState
from contracts.topics import NOTIFICATION_STATE
from services.notification.adapters.notices import PgNotices, publish_state

# $1: notice ids or NULL; $2: municipality or NULL; $3: posted, read or told of from then on, or NULL.
IDS = """
SELECT notice_id FROM notice
WHERE ($1::text[] IS NULL OR notice_id = ANY($1))
  AND ($2::text IS NULL OR municipality_id = $2)
  AND ($3::timestamptz IS NULL OR posted_at >= $3
       OR EXISTS (SELECT FROM notice_reading AS r WHERE r.notice_id = notice.notice_id AND r.read_at >= $3)
       OR EXISTS (SELECT FROM mail AS m WHERE m.notice_id = notice.notice_id AND m.ended_at >= $3))
  AND notice_id > $4
ORDER BY notice_id LIMIT $5
"""

PRESENT = "SELECT notice_id FROM notice WHERE notice_id = ANY($1)"


@dataclass(frozen=True, slots=True)
class NoticeStates:
    """Notices."""

    name: str = "notices"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {NOTIFICATION_STATE.name: (NoticeState.message_type,)}

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next notice ids."""
        keys = None if selection.keys is None else list(selection.keys)
        rows = await connection.fetch(IDS, keys, selection.scope, selection.since, after, most)
        return [row["notice_id"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the notice; notices are never deleted."""
        await publish_state(transaction, await PgNotices(transaction).lock(identity))

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:  # noqa: ARG002
        """Tell which notices there are."""
        return {row["notice_id"] for row in await connection.fetch(PRESENT, list(keys))}
