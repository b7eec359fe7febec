"""What the chassis' tables forget."""

from __future__ import annotations

from datetime import timedelta

from chassis import inbox, outcomes
from chassis.transaction import Transaction

KEEP = timedelta(days=30)
"""Well beyond the retention of the topics (7 days): after that nothing can come again."""


async def forget(transaction: Transaction) -> None:
    """Forget message ids and outcomes that nobody can ask for any more."""
    before = transaction.now - KEEP
    await inbox.forget_before(transaction.connection, before)
    await outcomes.forget_before(transaction.connection, before)
