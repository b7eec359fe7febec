"""Where the contracts' transactions go to PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from chassis.clock import FixedClock
from chassis.storage.database import Pool
from chassis.storage.transaction import Transactions
from contracts.envelope import decode_headers
from services.notification.adapters.notices import PgNotices
from services.notification.adapters.units import unit_of
from services.notification.use_cases.ports import Notices, Unit
from tests.unit.notification.choices_contract import TUESDAY
from tests.unit.notification.fakes import Published
from tests.unit.notification.notices_contract import AT
from tests.unit.notification.units import Planned

MAILS = """
SELECT mail_id, receiver, digest_on,
       greatest(1, (SELECT count(*) FROM digest_notice AS d WHERE d.mail_id = mail.mail_id))
FROM mail ORDER BY receiver
"""
FAIL = """
UPDATE mail SET state = 'failed', failure = 'refused', ended_at = planned_at
WHERE receiver = ANY($1) AND ended_at IS NULL
RETURNING notice_id, ARRAY(SELECT notice_id FROM digest_notice AS told WHERE told.mail_id = mail.mail_id) AS about
"""


class PgWorld:
    """A World in PostgreSQL; what is published waits in the outbox, since no relay runs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._transactions = Transactions(pool, "/fordeling/notification", FixedClock(AT))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Notices]:
        async with self._transactions.begin() as transaction:
            yield PgNotices(transaction)

    async def published(self) -> list[Published]:
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, key, headers")
        envelopes = [
            (row["key"], decode_headers((name, value.encode()) for name, value in row["headers"].items()))
            for row in sorted(rows, key=lambda row: row["id"])
        ]
        return [
            Published(envelope.type, key, envelope.subject, envelope.sequence, envelope.partition_key)
            for key, envelope in envelopes
        ]


class PgUnitWorld:
    """A UnitWorld in PostgreSQL."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.notices, self.clock = pool, PgWorld(pool), FixedClock(TUESDAY)
        self._transactions = Transactions(pool, "/fordeling/notification", self.clock)
        self._seen: set[str] = set()

    @property
    def now(self) -> datetime:
        return self.clock.time

    @now.setter
    def now(self, now: datetime) -> None:
        self.clock.time = now

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        async with self._transactions.begin() as transaction:
            yield unit_of(transaction)

    async def mails(self) -> list[Planned]:
        rows = [row for row in await self.notices.pool.fetch(MAILS) if row[0] not in self._seen]
        self._seen |= {row[0] for row in rows}
        return [Planned(*row[1:]) for row in rows]

    async def fail(self, *receivers: str) -> list[str]:
        rows = await self.notices.pool.fetch(FAIL, list(receivers))
        return sorted({notice for row in rows for notice in row["about"] or [row["notice_id"]]})

    async def published(self) -> list[Published]:
        return await self.notices.published()
