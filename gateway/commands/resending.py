"""Commands whose outcome does not come: sent again under the same id, through the gateway's own outbox.

An owner that has had it tells its outcome again; one that has not, since Kafka lost it, does it now.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chassis.storage.outbox import Outgoing
from chassis.storage.transaction import Transaction
from contracts.envelope import Envelope

SOURCE = "/fordeling/gateway"

PATIENCE = timedelta(seconds=45)
"""An owner answers within seconds; one that is down does so when it is back, whether or not it is asked again."""

MOST = 200

# Only what Kafka had for certain: of anything else its sender was told that it was not sent.
OVERDUE = """
UPDATE gateway.command AS c SET sent_at = $1
FROM (
    SELECT command_id FROM gateway.command AS waiting
    WHERE message IS NOT NULL AND sent_at < $2
      AND NOT EXISTS (SELECT FROM gateway.command_outcome AS o WHERE o.command_id = waiting.command_id)
    ORDER BY created_at, command_id LIMIT $3
    FOR UPDATE SKIP LOCKED
) AS overdue
WHERE c.command_id = overdue.command_id
RETURNING c.command_id, c.municipality_id, c.subject, c.message, c.created_at
"""


async def send_again(transaction: Transaction) -> None:
    """Send what has waited too long for its outcome, in the order in which it was sent first."""
    before = transaction.now - PATIENCE
    rows = await transaction.connection.fetch(OVERDUE, transaction.now, before, MOST)
    for row in sorted(rows, key=lambda row: (row["created_at"], row["command_id"])):
        message: dict[str, Any] = row["message"]
        envelope = Envelope(
            id=row["command_id"],
            source=SOURCE,
            type=message["type"],
            subject=row["subject"],
            time=row["created_at"],
            correlation_id=row["command_id"],
        )
        body = json.dumps(message["body"], ensure_ascii=False).encode()
        transaction.send(Outgoing(message["topic"], row["municipality_id"], envelope, body))
