"""Notification's own database, one a file, and the desk before its mails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chassis.storage.database import Pool, create_pool
from ops.testing.databases import Databases
from tests.integration.notification.mail_desk import MailDesk, open_desk
from tests.integration.notification.pg_worlds import PgUnitWorld

# Emptying the tables takes a tenth of the time of a new database.
EMPTY = """
DO $$ BEGIN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(relname), ', ') FROM pg_stat_user_tables
             WHERE relname NOT LIKE '%yoyo%' AND relname <> 'sequence_epoch');
END $$
"""


@pytest.fixture(scope="module")
def migrated(databases: Databases) -> str:
    """Make a database with notification's tables."""
    return databases.migrated("services.notification.migrations")


@pytest.fixture
async def pool(migrated: str) -> AsyncIterator[Pool]:
    """Connect to the database, emptied."""
    pool = await create_pool(migrated, name="test", lock_timeout=5)
    await pool.execute(EMPTY)
    yield pool
    await pool.close()


@pytest.fixture
def world(pool: Pool) -> PgUnitWorld:
    """Give the emptied database as a world."""
    return PgUnitWorld(pool)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, databases: Databases, scratch: Path) -> AsyncIterator[MailDesk]:
    """Open the desk; each test starts the service as it needs it."""
    async with open_desk(kafka, databases, scratch / "notification.log") as desk, desk.server.running():
        yield desk
