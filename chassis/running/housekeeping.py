"""What the chassis' tables forget, in the background.

Message ids are kept for longer than a record can come again from its topic (``tests/architecture`` compares the
figures). A parked message needs none: its redrive asks the dead-letter queue alone, and takes it out in the transaction
of its effect. The last sequence of each subject (``inbox_sequence``), what has arrived (``waiting_arrival``) and what
was done with parked messages are kept for good: one short row for each entity, or for each act of an operator.
"""

from __future__ import annotations

import time
from datetime import timedelta

from chassis.reading import inbox
from chassis.storage import outbox, outcomes
from chassis.storage.transaction import Transactions

KEEP = timedelta(days=30)
"""How long message ids and outcomes of commands are kept."""

HORIZON = timedelta(days=14)
"""How long after its topic has dropped a record somebody may still bring it again, by hand or from a backup."""

BATCH = 5_000
"""Most rows of a table forgotten in one transaction, some tens of milliseconds."""

REST_SECONDS = 3600.0


class Housekeeper:
    """Forgets a batch of each table at a time, and rests once there is nothing more to forget."""

    def __init__(self, transactions: Transactions, *, batch: int = BATCH) -> None:
        self._transactions = transactions
        self._batch = batch
        self._rests_until = 0.0

    async def work(self) -> None:
        """Do what is due now. Several processes may, at once."""
        if time.monotonic() < self._rests_until:
            return
        before = self._transactions.clock.now() - KEEP
        full = False
        for forget_before in (inbox.forget_before, outcomes.forget_before, outbox.forget_sent_before):
            async with self._transactions.pool.acquire() as connection:
                full |= await forget_before(connection, before, self._batch) >= self._batch
        if not full:
            self._rests_until = time.monotonic() + REST_SECONDS
