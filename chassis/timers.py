"""Work that time sets off, once per interval over all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from chassis import errors
from chassis.transaction import Transaction, Transactions

log = structlog.get_logger(__name__)

# Taken in the timer's own transaction: another replica waits for it and then finds the time not come.
TAKE = """
INSERT INTO timer_run (name, last_run) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET last_run = excluded.last_run WHERE timer_run.last_run <= $3
RETURNING name
"""

TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Timer:
    """``run`` is called at most once per ``every``, in a transaction of its own, by the leading replica.

    name: unique within the service.
    """

    name: str
    every: timedelta
    run: Callable[[Transaction], Awaitable[None]]


async def fire(timer: Timer, transactions: Transactions) -> bool:
    """Run the timer if its time has come; True when it ran. A failure leaves it due."""
    async with transactions.begin() as transaction:
        due_before = transaction.now - timer.every
        if await transaction.connection.fetchval(TAKE, timer.name, transaction.now, due_before) is None:
            return False
        await timer.run(transaction)
    return True


class Ticker:
    """Calls the timers, and other regular work, while this process leads."""

    def __init__(
        self,
        timers: Sequence[Timer],
        transactions: Transactions,
        *,
        leads: Callable[[], bool],
        work: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self._timers = timers
        self._transactions = transactions
        self._leads = leads
        self._work = work

    async def run(self) -> None:
        """Tick until cancelled. Failures are logged and tried again at the next tick."""
        tick = TICK_SECONDS
        while True:
            if self._leads():
                for timer in self._timers:
                    await self._guarded(timer.name, partial(fire, timer, self._transactions))
                for work in self._work:
                    await self._guarded("work", work)
            await asyncio.sleep(tick)

    async def _guarded(self, name: str, call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except Exception as error:  # noqa: BLE001  one timer must not stop the others
            log.error("timer failed", timer=name, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
