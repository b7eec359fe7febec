"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from chassis.clock import FixedClock
from chassis.storage.database import Pool, create_pool
from chassis.storage.migrate import migrate
from chassis.storage.transaction import Transactions
from contracts.envelope import decode_headers
from services.notification.adapters.notices import PgNotices
from services.notification.use_cases.ports import Notices
from tests.unit.notification.fakes import Published, World
from tests.unit.notification.notices_contract import AT, NoticesContract, received


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


@pytest.fixture(scope="module")
def migrated(new_database: Callable[[], str]) -> str:
    url = new_database()
    migrate(url, "services.notification.migrations")
    return url


EMPTY = """
DO $$ BEGIN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(relname), ', ') FROM pg_stat_user_tables
             WHERE relname NOT LIKE '%yoyo%' AND relname <> 'sequence_epoch');
END $$
"""


@pytest.fixture
async def world(migrated: str) -> AsyncIterator[PgWorld]:
    pool = await create_pool(migrated, name="test", lock_timeout=5)
    await pool.execute(EMPTY)
    yield PgWorld(pool)
    await pool.close()


class TestInPostgres(NoticesContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


async def test_users_who_read_at_once_are_all_counted(world: PgWorld) -> None:
    """Each reading has a version of its own, whatever order they name the notices in."""
    contract = NoticesContract()
    for number in (1, 2):
        await contract.post(world, number)
    ids = [received(1), received(2)]
    users = [f"user-{number}" for number in range(8)]
    await asyncio.gather(
        *(contract.read(world, user, *ids[:: 1 if index % 2 else -1]) for index, user in enumerate(users))
    )
    for notice in await contract.notices(world, *ids):
        assert sorted(notice.read_by) == users
        assert notice.version == 1 + len(users)


async def test_a_notice_that_two_processes_post_at_once_is_one(world: PgWorld) -> None:
    """The later one waits, and then finds it there."""
    contract = NoticesContract()
    assert sorted(await asyncio.gather(*(contract.post(world, 1) for _ in range(4)))) == [False, False, False, True]
