"""After a restore: which mails went out in the lost time, nobody here knows."""

from __future__ import annotations

from chassis.storage.transaction import Transaction

# As if their holder had died while handing them over: each ends as unsure, visible to a human, and none goes out twice.
MAY_HAVE_GONE = "UPDATE mail SET state = 'handing_over', due_at = $1 WHERE ended_at IS NULL"


async def doubt_mails(transaction: Transaction) -> None:
    """Take every mail that has not ended for one that may have gone out."""
    await transaction.connection.execute(MAY_HAVE_GONE, transaction.now)
