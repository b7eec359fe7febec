"""Distribution's own database, one a file, and the desk before a service that knows its municipalities."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from chassis.storage.database import Pool, create_pool
from ops.testing.databases import Databases
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.integration.distribution.pg_world import PgWorld

# Emptying the tables takes a tenth of the time of a new database.
EMPTY = """
TRUNCATE distribution_list, person, person_identity, settlement, list_change, thread_message, municipality_number,
         municipality_four_eyes, rejected_original,
         waiting_original, outbox, waiting_arrival, waiting_task, waiting_need;
UPDATE register SET municipalities = NULL;
"""


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    """Make a database with distribution's tables."""
    return databases.migrated("services.distribution.migrations")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connect to the database, emptied."""
    pool = await create_pool(database_url, name="test", lock_timeout=5)
    await pool.execute(EMPTY)
    yield pool
    await pool.close()


@pytest.fixture
def world(pool: Pool) -> PgWorld:
    """Give the emptied database as a world."""
    return PgWorld(pool)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[DistributionDesk]:
    """Open the desk, with one replica behind it that is told three municipalities."""
    async with open_desk(kafka, database_url) as desk, desk.service():
        await desk.tell_register("0301", "4601", "5001")
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def database(database_url: str) -> AsyncIterator[Any]:
    """Connect to the database as it is."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
