"""What operators decide about single things: asked for in a row, done by the service's own process, kept with reasons.

Whoever asks writes nothing else: what an action means, and whether it may be done now, is the service's to know.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog

from chassis import errors
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction, Transactions

log = structlog.get_logger(__name__)

DONE = "done"

ASK = "INSERT INTO operator_order (action, target, ordered_by, reason) VALUES ($1, $2, $3, $4) RETURNING id"
OUTCOME = "SELECT outcome FROM operator_order WHERE id = $1"

# Another leader's order is waited for, and is then done: whoever has stopped meanwhile has rolled back.
TAKE = """
SELECT id, action, target, ordered_by FROM operator_order WHERE finished_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE
"""
FINISH = "UPDATE operator_order SET finished_at = $2, outcome = $3 WHERE id = $1 AND finished_at IS NULL"

Action = Callable[[str, Transaction], Awaitable[str]]
"""Does what is asked of a target, in the transaction that notes the outcome; returns ``DONE``, or why it was not."""


async def ask(connection: Connection, action: str, target: str, *, by: str, reason: str) -> int:
    """Ask the service's own process for something; returns the order's id."""
    return int(await connection.fetchval(ASK, action, target, by, reason))


async def outcome(connection: Connection, order: int) -> str | None:
    """Look what came of an order; None while it is not done."""
    found: str | None = await connection.fetchval(OUTCOME, order)
    return found


class Clerk:
    """Does what operators have asked for, one at a time, in the order in which they did."""

    def __init__(self, actions: Mapping[str, Action], transactions: Transactions) -> None:
        self._actions = actions
        self._transactions = transactions

    async def work(self) -> None:
        """Do all open orders. One that meets others at work, or no database, is left to the next time."""
        while await self._next():
            pass

    async def _next(self) -> bool:
        taken: int | None = None
        try:
            async with self._transactions.begin() as transaction:
                row = await transaction.connection.fetchrow(TAKE)
                if row is None:
                    return False
                taken = row["id"]
                action = self._actions.get(row["action"])
                said = "unknown action" if action is None else await action(row["target"], transaction)
                await transaction.connection.execute(FINISH, taken, transaction.now, said)
        except Exception as error:
            if taken is None or errors.kind(error, in_handler=True) is not errors.Kind.PERMANENT:
                raise
            log.error("order failed", order=taken, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
            async with self._transactions.begin() as transaction:
                await transaction.connection.execute(FINISH, taken, transaction.now, f"failed: {errors.name(error)}")
            return True
        log.info("order done", order=taken, action=row["action"], target=row["target"], outcome=said)
        return True
