from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.storage.database import prepare_connection
from ops.testing.databases import Databases
from tests.integration.chassis.stage import EFFECTS, Stage


@pytest.fixture
async def stage(kafka: str, databases: Databases) -> AsyncIterator[Stage]:
    url = databases.migrated()
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    await connection.execute(EFFECTS)
    stage = Stage(kafka, url, f"topic-{uuid.uuid4().hex[:8]}", connection)
    await stage.make_topic(stage.topic)
    await stage.make_topic(f"{stage.name}.failures.v1", 1)
    yield stage
    await connection.close()
