"""Work that time sets off, once per interval over all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from chassis import errors
from chassis.storage.transaction import Transaction, Transactions

log = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")

# Of most timers the time has not come: they are found without a lock on their rows, whose commit would reach the disk.
DUE = """
SELECT name FROM unnest($1::text[], $2::timestamptz[]) AS asked (name, due_before) LEFT JOIN timer_run USING (name)
WHERE last_run IS NULL OR last_run <= due_before
"""

# Taken in the timer's own transaction: another replica waits for it and then finds the time not come.
TAKE = """
INSERT INTO timer_run (name, last_run) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET last_run = excluded.last_run WHERE timer_run.last_run <= $3
RETURNING name
"""

# Where there is more to do the time has come again at once, for whichever replica leads then.
HASTEN = "UPDATE timer_run SET last_run = '-infinity' WHERE name = $1"

TICK_SECONDS = 1.0
BREATH_SECONDS = 0.02
"""Between two rounds of timers of which some have more to do: others get the connection and the processor."""


@dataclass(frozen=True, slots=True)
class Timer:
    """``run`` is called at most once per ``every``, in a transaction of its own, by the leading replica.

    name: unique within the service. run: where it returns True it left more to do, and is called again without delay,
    in a further transaction, after the other timers have had their turn.
    """

    name: str
    every: timedelta
    run: Callable[[Transaction], Awaitable[bool | None]]


async def fire(timer: Timer, transactions: Transactions) -> bool:
    """Run the timer if its time has come; True when it ran. A failure leaves it due."""
    return await _fire(timer, transactions) is not None


async def _fire(timer: Timer, transactions: Transactions) -> bool | None:
    """Run it as above; whether it left more to do, None where its time has not come."""
    async with transactions.begin() as transaction:
        due_before = transaction.now - timer.every
        if await transaction.connection.fetchval(TAKE, timer.name, transaction.now, due_before) is None:
            return None
        more = bool(await timer.run(transaction))
        if more:
            await transaction.connection.execute(HASTEN, timer.name)
    return more


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
        while True:
            more = False
            if self._leads():
                for timer in await self._due():
                    more |= await self._guarded(timer.name, partial(_fire, timer, self._transactions)) is True
                for work in self._work:
                    await self._guarded("work", work)
            await asyncio.sleep(BREATH_SECONDS if more else TICK_SECONDS)

    async def _due(self) -> Sequence[Timer]:
        """Find those whose time seems to have come; whoever takes one looks again. All where that cannot be asked."""
        if not self._timers:
            return ()
        now = self._transactions.clock.now()
        asked = [timer.name for timer in self._timers], [now - timer.every for timer in self._timers]
        rows = await self._guarded("due", partial(self._transactions.pool.fetch, DUE, *asked))
        if rows is None:
            return self._timers
        due = {row["name"] for row in rows}
        return [timer for timer in self._timers if timer.name in due]

    async def _guarded(self, name: str, call: Callable[[], Awaitable[ResultT]]) -> ResultT | None:
        try:
            return await call()
        except Exception as error:  # noqa: BLE001  one timer must not stop the others
            log.error("timer failed", timer=name, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            return None
