"""Commands whose outcome does not come, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.clock import FixedClock
from chassis.storage.database import Pool, create_pool
from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.codes import Role
from contracts.distribution.v1 import ReturnToTreatment
from contracts.fields import Actor
from contracts.outcomes import CommandAccepted
from gateway.commands import outcomes
from gateway.commands.resending import PATIENCE, send_again
from gateway.consuming import make_service
from tests.browser.stage.world import OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.projecting import received

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BODY = ReturnToTreatment(
    list_id="FL-1",
    municipality_id=OSLO,
    expected_version=3,
    actor=Actor(user_id="u-1", display_name="Kari Nordmann", role=Role.SETTLEMENT_WRITER),
)
MESSAGE = {
    "topic": topics.DISTRIBUTION_COMMANDS.name,
    "type": BODY.message_type,
    "body": BODY.model_dump(mode="json"),
}
INSERT = """
INSERT INTO gateway.command (command_id, municipality_id, user_id, kind, subject, created_at, sent_at, message)
VALUES ($1, $2, 'u-1', 'return', 'FL-1', $3, $4, $5)
"""


@pytest.fixture
async def pool(urls: Urls) -> AsyncIterator[Pool]:
    async with await create_pool(urls.owner, name="test") as found:
        yield found


async def keep(pool: Pool, sent_at: datetime | None) -> str:
    """Keep a command as the desk does; gives its id."""
    command_id = str(uuid4())
    await pool.execute(INSERT, command_id, OSLO, sent_at or NOW, sent_at, MESSAGE)
    return command_id


async def look(pool: Pool, now: datetime) -> list[str]:
    """Let the timer run; gives the ids of what it sends."""
    await pool.execute("DELETE FROM outbox")
    async with Transactions(pool, "/test", FixedClock(now)).begin() as transaction:
        await send_again(transaction)
    rows = await pool.fetch("SELECT headers ->> 'ce_id' AS command_id FROM outbox ORDER BY outbox.id")
    return [row["command_id"] for row in rows]


async def test_what_kafka_had_and_nobody_answered_is_sent_again(pool: Pool) -> None:
    """As the same command, on its topic, for its municipality, in the old order; and again only after as long."""
    later = await keep(pool, NOW - PATIENCE + timedelta(seconds=-1))
    first = await keep(pool, NOW - 2 * PATIENCE)
    await keep(pool, NOW)
    await keep(pool, None)  # its sender was told that it was not sent
    assert await look(pool, NOW) == [first, later]
    row = await pool.fetchrow("SELECT topic, key, headers, value FROM outbox ORDER BY id LIMIT 1")
    assert row is not None
    assert (row["topic"], row["key"]) == (topics.DISTRIBUTION_COMMANDS.name, OSLO)
    assert row["headers"]["ce_source"] == "/fordeling/gateway"
    assert ReturnToTreatment.model_validate_json(row["value"]) == BODY
    assert await look(pool, NOW + timedelta(seconds=1)) == []


async def test_an_outcome_ends_it_and_its_words_are_forgotten(pool: Pool) -> None:
    """Once the owner has answered nothing is sent again, and what was sent is not kept."""
    command_id = await keep(pool, NOW - 2 * PATIENCE)
    reply = received(command_id, CommandAccepted(command_id=command_id, subject="FL-1", version=4), 0)
    async with Transactions(pool, "/test", FixedClock(NOW)).begin() as transaction:
        await outcomes.store([reply], transaction)
    assert await look(pool, NOW) == []
    assert await pool.fetchval("SELECT message IS NULL FROM gateway.command WHERE command_id = $1", command_id)


def test_the_gateway_looks_for_them() -> None:
    """The timer is one of the service's."""
    assert send_again in [timer.run for timer in make_service().timers]
