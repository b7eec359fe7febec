"""What time sets off in municipality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.running.timers import Timer
from chassis.storage.transaction import Transaction
from services.municipality.entrypoints.days import day_in_norway
from services.municipality.use_cases.forget_originals import forget_originals
from services.municipality.use_cases.pass_deadlines import pass_deadlines
from services.municipality.use_cases.pass_time import ask_about_reports, let_reports_lapse
from services.municipality.use_cases.ports import Ledgers, Rejections, Reports


def timers(
    rejections: Callable[[Transaction], Rejections],
    ledgers: Callable[[Transaction], Ledgers],
    reports: Callable[[Transaction], Reports],
) -> list[Timer]:
    """List the timers, over adapters that the bootstrap gives."""

    async def forget(transaction: Transaction) -> None:
        await forget_originals(rejections(transaction), now=transaction.now)

    async def look_at_deadlines(transaction: Transaction) -> None:
        today = day_in_norway(transaction.now)
        await pass_deadlines(ledgers(transaction), today=today, now=transaction.now)

    async def look_at_reports(transaction: Transaction) -> None:
        now, kept = transaction.now, reports(transaction)
        await ask_about_reports(kept, now=now, today=day_in_norway(now))

    async def end_reports(transaction: Transaction) -> None:
        await let_reports_lapse(reports(transaction), now=transaction.now)

    return [
        Timer("forget originals", timedelta(hours=6), forget),
        Timer("pass deadlines", timedelta(minutes=1), look_at_deadlines),
        Timer("ask about reports", timedelta(minutes=1), look_at_reports),
        Timer("let reports lapse", timedelta(minutes=10), end_reports),
    ]
