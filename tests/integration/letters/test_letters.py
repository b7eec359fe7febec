"""The same contracts over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from chassis.clock import FixedClock
from chassis.storage.database import Pool, create_pool
from chassis.storage.transaction import Transactions
from contracts.envelope import Envelope, decode_headers
from ops.testing.databases import Databases
from services.letters.adapters.units import unit_of
from services.letters.use_cases.make_letter import Made
from services.letters.use_cases.plan_letters import plan_letters
from services.letters.use_cases.ports import Unit
from tests.unit.letters.erasure_contract import ErasureContract
from tests.unit.letters.fakes import FakeStore, Published, World
from tests.unit.letters.kinds_contract import KindsContract
from tests.unit.letters.making_contract import MakingContract, make_all
from tests.unit.letters.queue_contract import (
    LEASE,
    QueueContract,
    answer_arrives,
    claim,
    do,
    folder_arrives,
    municipality_arrives,
    placed,
    ready_letters,
)
from tests.unit.letters.sending_contract import SendingContract
from tests.unit.letters.stories import AT, placement


class PgWorld:
    """A World in PostgreSQL; what is published waits in the outbox, since no relay runs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.clock = FixedClock(AT)
        self.transactions = Transactions(pool, "/fordeling/letters", self.clock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        async with self.transactions.begin() as transaction:
            yield unit_of(transaction)

    async def published(self) -> list[Published]:
        return [
            Published(envelope.type, key, envelope.subject, envelope.sequence, envelope.partition_key)
            for key, envelope in await self.outgoing()
        ]

    async def outgoing(self) -> list[tuple[str, Envelope]]:
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, key, headers")
        return [
            (row["key"], decode_headers((name, value.encode()) for name, value in row["headers"].items()))
            for row in sorted(rows, key=lambda row: row["id"])
        ]

    async def holds(self, text: str) -> bool:
        tables = [
            "letter",
            "letter_queue",
            "covered_person",
            "folder_copy",
            "answer_copy",
            "waiting_task",
            "waiting_need",
            "outbox",
        ]
        rows = [await self.pool.fetch(f"SELECT to_jsonb({table})::text AS row FROM {table}") for table in tables]
        return any(text in row["row"] for found in rows for row in found)


@pytest.fixture(scope="module")
def migrated(databases: Databases) -> str:
    return databases.migrated("services.letters.migrations")


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


class InPostgres:
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


class TestQueueInPostgres(InPostgres, QueueContract):
    pass


class TestMakingInPostgres(InPostgres, MakingContract):
    pass


class TestKindsInPostgres(InPostgres, KindsContract):
    pass


class TestErasureInPostgres(InPostgres, ErasureContract):
    pass


class TestSendingInPostgres(InPostgres, SendingContract):
    pass


async def test_what_a_letter_waits_for_may_come_at_the_same_time(world: PgWorld) -> None:
    """However transactions overlap, the letters end up ready: no arrival is missed."""
    steps = [
        municipality_arrives(),
        answer_arrives(),
        *(folder_arrives(number) for number in (1, 2, 3)),
        placed(1, 2, 3),
    ]
    await asyncio.gather(*(do(world, step) for step in steps))
    assert len(await claim(world)) == 4
    assert await world.pool.fetchval("SELECT count(*) FROM waiting_task") == 0


async def test_two_presses_share_the_work(world: PgWorld) -> None:
    """They claim different letters at the same time, and together all."""
    await ready_letters(world, 1, 2, 3, 4)
    claims = await asyncio.gather(*(claim(world, limit=2) for _ in range(4)))
    ids = [job.letter.letter_id for jobs in claims for job in jobs]
    assert len(ids) == len(set(ids))
    while more := await claim(world, limit=2):
        ids += [job.letter.letter_id for job in more]
    assert len(set(ids)) == len(ids) == 5


OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


async def test_making_holds_no_transaction(world: PgWorld) -> None:
    """While letters are rendered and stored, the database is not in one."""
    await ready_letters(world)
    seen: list[int] = []

    class LookingStore(FakeStore):
        async def put(self, key: str, data: bytes) -> None:
            await super().put(key, data)
            states = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            )
            seen.append(await world.pool.fetchval(states))

    assert await make_all(world, LookingStore()) == [Made.CREATED] * 2
    assert seen == [0, 0]


async def test_a_letter_made_later_still_tells_what_it_followed_from(world: PgWorld) -> None:
    """Correlation and cause of what is published at last are those of the placement."""
    cause = Envelope(
        "placed-1", "/fordeling/distribution", "distribution.persons-placed.v1", "FL", AT, 6, correlation_id="story-1"
    )
    await do(world, municipality_arrives(), answer_arrives(), folder_arrives(1))
    async with world.transactions.begin(cause) as transaction:
        await plan_letters(placement(1), unit_of(transaction))
    await world.outgoing()
    await make_all(world, FakeStore())
    envelopes = [envelope for _, envelope in await world.outgoing()]
    assert {(each.correlation_id, each.causation_id) for each in envelopes} == {("story-1", "placed-1")}
    assert len(envelopes) == 5


async def test_a_database_that_fails_at_the_record_costs_time_only(world: PgWorld) -> None:
    """The transaction that was to record the letter is cut; after the lease it is made and recorded."""
    await ready_letters(world)

    class CuttingStore(FakeStore):
        async def put(self, key: str, data: bytes) -> None:
            await super().put(key, data)
            await world.pool.execute("ALTER TABLE letter RENAME TO letter_away")

    with pytest.raises(Exception, match="letter"):
        await make_all(world, CuttingStore())
    await world.pool.execute("ALTER TABLE letter_away RENAME TO letter")
    assert await world.published() == []
    world.clock.advance(LEASE + timedelta(seconds=1))
    assert await make_all(world, FakeStore()) == [Made.CREATED] * 2
