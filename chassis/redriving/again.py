"""What was parked for something that passes by itself is tried again by the service, before anybody has to ask.

A lock that was held for longer than the tries in place last, a database connection that broke, something a handler
asked that did not answer: the message is sound. It waits in the dead-letter queue as others do, announced and counted,
for its subject's order must hold; but a redrive of it is asked for here, kept in history as anybody's.
"""

from __future__ import annotations

from datetime import timedelta

from chassis.redriving import redrive_requests
from chassis.storage.transaction import Transactions

BY = "the service itself"
REASON = "what it failed for passes by itself"
FIRST = timedelta(seconds=5)
"""After so long the first time, then each time after twice as long again."""
LONGEST_DOUBLING = 9
"""Doublings at most: about three quarters of an hour between two tries."""
MOST = 100

DUE = """
SELECT reader, subject FROM (
    SELECT DISTINCT ON (reader, subject) reader, subject, passing, tries, parked_at
    FROM dead_letter ORDER BY reader, subject, id
) AS head
WHERE passing AND $1 >= parked_at
    + $2::interval * (power(2, least(tries, $3)) - 1 + greatest(tries - $3, 0) * power(2, $3))
  AND NOT EXISTS (
    SELECT FROM redrive_request AS open
    WHERE open.finished_at IS NULL AND open.reader = head.reader AND open.subject = head.subject
  )
ORDER BY parked_at LIMIT $4
"""


class Again:
    """Asks for redrives of subjects whose first message failed for what passes by itself, at growing distances."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def work(self) -> None:
        """Ask for what is due now; who leads does it, and then does what was asked for."""
        now = self._transactions.clock.now()
        async with self._transactions.pool.acquire() as connection:
            due = await connection.fetch(DUE, now, FIRST, LONGEST_DOUBLING, MOST)
            for row in due:
                await redrive_requests.ask(
                    connection, row["reader"], row["subject"], by=BY, dry_run=False, reason=REASON
                )
