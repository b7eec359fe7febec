"""The audit's rows go by themselves once they have had their time: whole batches, so that the chain still holds.

By the same rule of the database as ``fordeling audit retention`` (migration 0546): nothing younger than a year, and who
took it away and why is declared first, which is a row of the audit itself.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog

from chassis.running.timers import Timer
from chassis.storage.transaction import Transaction

log = structlog.get_logger(__name__)

DEFAULT_DAYS = 1826
"""Five years: claims lapse three years after one knows of them (foreldelsesloven §§ 2 and 9), and a case takes time."""
LEAST_DAYS = 366
"""The database lets nothing go that is younger than a year."""
EVERY = timedelta(days=1)
AT_ONCE = 20
"""Batches in one transaction: some thousand rows."""
BY = "gateway"

PRUNE = "SELECT through, taken FROM gateway.audit_prune($1, $2, $3, $4)"


def timer(kept_days: int) -> Timer:
    """Give the timer that takes away what is older than so many days, once a day."""
    return Timer("audit retention", EVERY, partial(prune, kept_days))


async def prune(kept_days: int, transaction: Transaction) -> bool:
    """Take away some batches; tells whether there may be more. Where nothing is old enough, nothing is declared."""
    older = transaction.now - timedelta(days=kept_days)
    reason = f"by itself: older than {kept_days} days (AUDIT_RETENTION_DAYS)"
    row = await transaction.connection.fetchrow(PRUNE, older, AT_ONCE, BY, reason)
    if row is None or row["through"] is None:
        return False
    log.info("audit_retention", through_batch=row["through"], rows=row["taken"])
    return True
