"""What time sets off in municipality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.timers import Timer
from chassis.transaction import Transaction
from services.municipality.use_cases.forget_originals import forget_originals
from services.municipality.use_cases.ports import Rejections


def timers(rejections: Callable[[Transaction], Rejections]) -> list[Timer]:
    """List the timers, over adapters that the bootstrap gives."""

    async def forget(transaction: Transaction) -> None:
        await forget_originals(rejections(transaction), now=transaction.now)

    return [Timer("forget originals", timedelta(hours=6), forget)]
