"""Where the contract's transactions go to PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.clock import FixedClock
from chassis.storage.database import Pool
from chassis.storage.outbox import Outgoing
from chassis.storage.transaction import Transactions
from contracts.envelope import decode_headers
from services.distribution.bootstrap import ports
from services.distribution.use_cases.ports import Ports
from tests.unit.distribution.fakes import REOFFER_WAIT, Published
from tests.unit.distribution.samples import AT, body
from tests.unit.distribution.steps import REGISTER, Steps, kinds


class PgWorld:
    """A World in PostgreSQL; what is published waits in the outbox, since no relay runs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.statements: list[str] = []
        self.transactions = Transactions(pool, "/fordeling/distribution", FixedClock(AT))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Ports]:
        async with self.transactions.begin() as transaction:
            with transaction.connection.query_logger(lambda query: self.statements.append(query.query)):
                yield ports(transaction, synthetic_only=True, reoffer_wait=REOFFER_WAIT)

    async def published(self) -> list[Published]:
        return [
            Published(record.envelope.type, record.key, record.envelope.subject, record.envelope.sequence,
                      record.envelope.partition_key, record.value is None)
            for record in await self.outgoing()
        ]  # fmt: skip

    async def outgoing(self) -> list[Outgoing]:
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, topic, key, headers, value")
        return [
            Outgoing(
                row["topic"],
                row["key"],
                decode_headers((name, value.encode()) for name, value in row["headers"].items()),
                row["value"],
            )
            for row in sorted(rows, key=lambda row: row["id"])
        ]


STEPS = Steps()
"""What is done with lists, in whatever world."""


async def ready(world: PgWorld) -> None:
    """Have a whole register, and Oslo's list as it was received."""
    await STEPS.keep(world, REGISTER, 2)
    await STEPS.publish(world, body())
    await world.outgoing()


def in_words(published: Sequence[Published]) -> list[str]:
    """List which lists were taken and which went back, in their order."""
    return [kind for kind in kinds(published) if kind in {"list-received", "rejection"}]
