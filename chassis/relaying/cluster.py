"""Knowing Kafka again: another one than before has nothing of what was sent, so it is sent again."""

from __future__ import annotations

import structlog
from aiokafka.admin import AIOKafkaAdminClient

from chassis.broker.kafka import connection_options
from chassis.republishing.republish import Selection, request
from chassis.settings import Settings
from chassis.storage.database import Connection

log = structlog.get_logger(__name__)

DURABLE = "SET LOCAL synchronous_commit = on"
"""The relay's session does without: here a crash may take nothing back."""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('kafka cluster', 0))"
KNOWN = "SELECT cluster_id FROM kafka_cluster"
KNOW = """
INSERT INTO kafka_cluster (cluster_id) VALUES ($1)
ON CONFLICT (singleton) DO UPDATE SET cluster_id = excluded.cluster_id, since = now()
"""

# With their old ids: before all that has not been sent yet, in the order in which they were sent first.
SEND_AGAIN = """
INSERT INTO outbox (id, topic, key, partition_key, subject, headers, value, created_at)
OVERRIDING SYSTEM VALUE
SELECT id, topic, key, partition_key, subject, headers, value, created_at FROM outbox_sent
ON CONFLICT (id) DO NOTHING
RETURNING id
"""

LOST = "lost"
"""What an operator writes into ``kafka_cluster`` who knows that the topics are gone: no cluster has this id."""


async def cluster_id(settings: Settings) -> str:
    """Ask Kafka which one it is."""
    admin = AIOKafkaAdminClient(**connection_options(settings))
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def recognise(connection: Connection, found: str, *, tells_state: bool) -> int | None:
    """Compare with the Kafka that was sent to before, before anything is sent.

    Another one: put back all that was sent lately, and ask for the state to be told again.
    Returns how many rows were put back; None where it is the same, or the first.
    """
    async with connection.transaction():
        await connection.execute(DURABLE)
        await connection.execute(LOCK)
        known = await connection.fetchval(KNOWN)
        if known == found:
            return None
        again = None
        if known is not None:
            again = len(await connection.fetch(SEND_AGAIN))
            if tells_state:
                await request(connection, Selection(), by="another Kafka")
            log.critical("another Kafka than before: what was sent is sent again", known=known, found=found, rows=again)
        await connection.execute(KNOW, found)
    return again
