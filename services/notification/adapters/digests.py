"""What waits for daily digests, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.storage.transaction import Transaction
from services.notification.use_cases.ports import Waiting

WAIT = """
INSERT INTO digest_item (notice_id, receiver) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT DO NOTHING
"""

# One address may be written in several ways of upper and lower case from one state of the contacts to the next. Whoever
# has had the day's digest waits for the next one, also for what came about before this one and was heard of late.
DUE = """
WITH waiting AS (
    SELECT municipality_id, lower(receiver) AS mailbox, min(receiver) AS receiver, min(posted_at) AS since,
           array_agg(notice_id ORDER BY posted_at, notice_id) AS notice_ids
    FROM digest_item JOIN notice USING (notice_id)
    GROUP BY municipality_id, lower(receiver)
)
SELECT municipality_id, receiver, notice_ids FROM waiting
WHERE since < $1 AND NOT EXISTS (
    SELECT FROM mail JOIN notice USING (notice_id)
    WHERE digest_on = $2 AND lower(mail.receiver) = mailbox AND notice.municipality_id = waiting.municipality_id
)
ORDER BY municipality_id, mailbox LIMIT $3
"""

PLAN = """
INSERT INTO mail (mail_id, notice_id, receiver, state, due_at, planned_at, digest_on)
VALUES ($1, $2, $3, 'planned', $4, $4, $5) ON CONFLICT (mail_id) DO NOTHING RETURNING mail_id
"""

TELL = """
INSERT INTO digest_notice (mail_id, notice_id) SELECT $1, notice_id FROM unnest($2::text[]) AS told (notice_id)
"""

DROP = "DELETE FROM digest_item WHERE notice_id = ANY($1) AND lower(receiver) = lower($2)"


@dataclass(frozen=True, slots=True)
class PgDigests:
    """They, over one transaction."""

    transaction: Transaction

    async def wait(self, items: Sequence[tuple[str, str]]) -> None:
        """Have notices wait for their receivers' next digests, each (notice id, receiver)."""
        if items:
            await self.transaction.connection.execute(WAIT, *(list(column) for column in zip(*items, strict=True)))

    async def due(self, due_at: datetime, day: date, limit: int) -> list[Waiting]:
        """Read whom something waits for that came about before ``due_at``, and who has had no digest of that day."""
        rows = await self.transaction.connection.fetch(DUE, due_at, day, limit)
        return [
            Waiting(row["municipality_id"], row["receiver"], tuple(dict.fromkeys(row["notice_ids"]))) for row in rows
        ]

    async def make(self, mail_id: str, waiting: Waiting, day: date) -> int:
        """Plan a mail about all that waits, and have it wait no longer. Returns 1; 0 where there is such a mail."""
        connection, newest = self.transaction.connection, waiting.notice_ids[-1]
        planned = await connection.fetchval(PLAN, mail_id, newest, waiting.receiver, self.transaction.now, day)
        if planned is None:
            return 0
        await connection.execute(TELL, mail_id, list(waiting.notice_ids))
        await self.drop(waiting)
        return 1

    async def drop(self, waiting: Waiting) -> None:
        """Have it wait no longer: the receiver is none any more."""
        await self.transaction.connection.execute(DROP, list(waiting.notice_ids), waiting.receiver)
