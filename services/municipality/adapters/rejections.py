"""Sending a message back to IMDi, and keeping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from chassis.storage.transaction import Transaction
from contracts import topics
from services.municipality.adapters import messages
from services.municipality.domain.requests import Problem
from services.municipality.use_cases.ports import Original

# A record that comes again (its offset was not committed) has been sent back already.
KEEP = """
INSERT INTO rejected_request
    (topic, partition, record_offset, record_timestamp, message_id, key, headers, value, errors, rejected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING record_offset
"""

FORGET = "DELETE FROM rejected_request WHERE rejected_at < $1"


@dataclass(frozen=True, slots=True)
class PgRejections:
    """Rejections in PostgreSQL and on the topic back to IMDi."""

    transaction: Transaction

    async def send_back(self, original: Original, number: str | None, problems: Sequence[Problem]) -> None:
        """Keep the original and publish what is wrong with it; the same record again changes nothing."""
        kept = await self.transaction.connection.fetchval(
            KEEP,
            original.topic,
            original.partition,
            original.offset,
            original.timestamp,
            _storable(original.message_id),
            original.key,
            [[_storable(name), value.hex()] for name, value in original.headers],
            original.value,
            [asdict(problem) for problem in problems],
            self.transaction.now,
        )
        if kept is None:
            return
        place = f"{original.topic}/{original.partition}/{original.offset}"
        await self.transaction.publish(
            topics.MUNICIPALITY_REJECTIONS.name,
            messages.rejection(original, number, problems),
            key=number or place,
            subject=place,
            sequence=None,
            message_id=f"rejection:{place}:{original.timestamp}",
        )

    async def forget_before(self, time: datetime) -> None:
        """Delete originals sent back before ``time``."""
        await self.transaction.connection.execute(FORGET, time)


def _storable(text: str | None) -> str | None:
    """PostgreSQL has no NUL character."""
    return None if text is None else text.replace("\x00", "")
