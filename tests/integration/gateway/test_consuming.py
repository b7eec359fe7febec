"""The gateway's reading beside its pages."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from confluent_kafka import Producer

from chassis.clock import SystemClock
from contracts import topics
from gateway.consuming import Consuming
from tests.integration.chassis.stage import until
from tests.integration.gateway.conftest import Urls, settings

SECONDS = 60


@pytest.mark.heavy
async def test_consumers_that_do_not_get_on_are_replaced_without_the_process_ending(own_kafka: str, urls: Urls) -> None:
    """Pages go on meanwhile; the new ones read what the old ones did not."""
    told = settings(urls, own_kafka, stuck_after=3, look_every=0.2, stop_timeout=3, session_timeout=6)
    consuming = Consuming(told, SystemClock())
    async with consuming.in_background(), asyncio.timeout(SECONDS):
        await consuming.started.wait()
        first = consuming._running
        assert first is not None
        for subscriber in first.intake._subscribers:
            fetcher = subscriber.consumer._fetcher
            fetcher._fetch_task.cancel()
            if fetcher._pending_tasks:
                await asyncio.wait(fetcher._pending_tasks)  # what it had asked for still comes
        producer = Producer({"bootstrap.servers": own_kafka})
        producer.produce(topics.NOTIFICATION_REPLIES.name, b"unreadable")
        await asyncio.to_thread(producer.flush, SECONDS)
        connection = await asyncpg.connect(urls.owner)
        await until(lambda: connection.fetchval("SELECT count(*) FROM dead_letter"), SECONDS)
        assert consuming._running is not first
        assert (await consuming.live()).ok
        await connection.close()
