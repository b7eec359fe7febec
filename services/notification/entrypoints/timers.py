"""What time sets off in notification."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis import faults
from chassis.running.timers import Timer
from chassis.storage.transaction import Transaction
from services.notification.use_cases.gather_digests import gather_digests
from services.notification.use_cases.ports import Unit
from services.notification.use_cases.watch import tell_missed

RECEIVERS_KEPT = timedelta(days=30)
"""How long after a mail has ended it is still known whom it was for."""

LOOK = timedelta(seconds=20)
"""How often it is looked whether something is due: so late it is told at most, while the service is up."""


def timers(unit: Callable[[Transaction], Unit], wake: Callable[[], None]) -> list[Timer]:
    """List the timers. ``wake``: mails are due once this has committed."""

    async def digests(transaction: Transaction) -> bool:
        planned, more = await gather_digests(unit(transaction))
        if planned:
            faults.reached("notification.digests.gathered")
        return _tell(planned, more)

    async def watches(transaction: Transaction) -> bool:
        planned, more = await tell_missed(unit(transaction))
        return _tell(planned, more)

    async def forget_receivers(transaction: Transaction) -> None:
        await unit(transaction).mails.forget(transaction.now - RECEIVERS_KEPT)

    def _tell(planned: int, more: bool) -> bool:
        if planned:
            wake()
        return more

    return [
        Timer("gather digests", LOOK, digests),
        Timer("tell what is missed", LOOK, watches),
        Timer("forget receivers", timedelta(hours=1), forget_receivers),
    ]
