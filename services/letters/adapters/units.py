"""Transactions as the use cases see them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.storage.transaction import Transaction, Transactions
from services.letters.adapters.archives import PgArchives
from services.letters.adapters.copies import PgCopies
from services.letters.adapters.erasures import PgErasures
from services.letters.adapters.errands import PgErrands
from services.letters.adapters.letters import PgLetters
from services.letters.adapters.queue import PgQueue
from services.letters.domain.calendar import day_in_norway
from services.letters.use_cases.ports import Unit


def unit_of(transaction: Transaction) -> Unit:
    """See an open transaction as a unit."""
    return Unit(
        transaction.now,
        PgCopies(transaction.connection, day_in_norway(transaction.now)),
        PgLetters(transaction),
        PgQueue(transaction),
        PgErrands(transaction),
        PgArchives(transaction),
        PgErasures(transaction),
    )


@dataclass(frozen=True, slots=True)
class PgUnits:
    """Opens transactions outside the handling of messages."""

    transactions: Transactions

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """Commit at the end of the block, roll back on any exception."""
        async with self.transactions.begin() as transaction:
            yield unit_of(transaction)
