"""After a restore: which letters were handed over in the lost time, SvarUt knows."""

from __future__ import annotations

from chassis.storage.transaction import Transaction

# A letter that has been claimed before is looked up at SvarUt, by its own reference, before it is sent.
MAY_BE_THERE = "UPDATE letter_dispatch SET claims = claims + 1, due_at = $1 WHERE stage = 'to_send'"


async def doubt_letters(transaction: Transaction) -> None:
    """Take every letter that is to be sent for one that may be at SvarUt."""
    await transaction.connection.execute(MAY_BE_THERE, transaction.now)
