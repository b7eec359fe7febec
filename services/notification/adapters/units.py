"""Transactions as the use cases see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

from chassis.storage.transaction import Transaction, Transactions
from services.notification.adapters.announcements import PgAnnouncements
from services.notification.adapters.choices import PgChoices
from services.notification.adapters.digests import PgDigests
from services.notification.adapters.mails import PgMails
from services.notification.adapters.notices import PgNotices
from services.notification.adapters.watches import PgWatches
from services.notification.use_cases.ports import Unit


def unit_of(transaction: Transaction, causes: Mapping[str, Transaction] = MappingProxyType({})) -> Unit:
    """See an open transaction as a unit. ``causes``: as in ``PgNotices``."""
    return Unit(
        now=transaction.now,
        notices=PgNotices(transaction, causes),
        announcements=PgAnnouncements(transaction),
        mails=PgMails(transaction),
        choices=PgChoices(transaction),
        digests=PgDigests(transaction),
        watches=PgWatches(transaction),
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
