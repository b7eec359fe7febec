"""What time sets off in municipality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.timers import Timer
from chassis.transaction import Transaction
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.use_cases.forget_originals import forget_originals
from services.municipality.use_cases.pass_deadlines import pass_deadlines
from services.municipality.use_cases.ports import Ledgers, Rejections


def timers(rejections: Callable[[Transaction], Rejections], ledgers: Callable[[Transaction], Ledgers]) -> list[Timer]:
    """List the timers, over adapters that the bootstrap gives."""

    async def forget(transaction: Transaction) -> None:
        await forget_originals(rejections(transaction), now=transaction.now)

    async def look_at_deadlines(transaction: Transaction) -> None:
        today = day_in_norway(transaction.now)
        await pass_deadlines(ledgers(transaction), today=today, now=transaction.now)

    return [
        Timer("forget originals", timedelta(hours=6), forget),
        Timer("pass deadlines", timedelta(minutes=1), look_at_deadlines),
    ]
