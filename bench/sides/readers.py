"""Who reads: a service of the chassis, with one handler a message or one for a chunk, and bare aiokafka with COPY.

Started by `bench.consume` with {kind, kafka, database, topic, rows, reader}; tells when which part was done.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer

from bench.sides.filler import WINDOW, Filler
from bench.sides.speaking import given, tell
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.service import Service, running
from chassis.settings import Settings
from chassis.storage.transaction import Transaction

LOOK = 0.002
COLUMNS = ("message_id", "subject", "number", "body")
ONE = "INSERT INTO effect (message_id, subject, number, body) VALUES ($1, $2, $3, $4)"


async def keep(received: Received[Filler], transaction: Transaction) -> None:
    """Have the effect of one message: a row."""
    await transaction.connection.execute(ONE, *_row(received))


async def keep_all(all_received: Sequence[Received[Filler]], transaction: Transaction) -> None:
    """Have the effects of a chunk by COPY, as the bare one has them."""
    await transaction.connection.copy_records_to_table("effect", columns=COLUMNS, records=map(_row, all_received))


def _row(received: Received[Filler]) -> tuple[str, str, int, str]:
    body = (received.raw.value or b"").decode()
    return received.envelope.id, received.envelope.subject, received.body.number, body


@asynccontextmanager
async def service(kind: str, settings: Settings, topic: str, reader: str) -> AsyncIterator[Any]:
    """Run a service that has the effects; gives what counts them."""
    messages: Any = {Filler: keep} if kind == "each" else [Filler]
    read = Subscription(topic, messages, Dedupe.ID, batch=None if kind == "each" else keep_all, reader=reader)
    async with running(Service("bench", "/bench", [read]), settings) as state:
        [only] = state.readers
        yield lambda: only.progress.counts["handled"]


async def ours(kind: str, settings: Settings, wanted: dict[str, Any]) -> list[tuple[float, int]]:
    """Read to the end; returns when how many were done (committed), as often as that changed."""
    steps: list[tuple[float, int]] = []
    async with service(kind, settings, wanted["topic"], wanted["reader"]) as count:
        while not steps or steps[-1][1] < wanted["rows"]:
            if (done := count()) and (not steps or done > steps[-1][1]):
                steps.append((time.monotonic(), done))
            await asyncio.sleep(LOOK)
    return steps


async def bare(settings: Settings, wanted: dict[str, Any]) -> list[tuple[float, int]]:
    """Read the same in batches of 500, COPY each in a transaction, commit the offsets after it."""
    consumer = AIOKafkaConsumer(
        wanted["topic"],
        bootstrap_servers=settings.kafka_bootstrap_servers,
        group_id=f"bare-{wanted['reader']}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    connection = await asyncpg.connect(settings.database_url)
    await consumer.start()
    steps: list[tuple[float, int]] = []
    done = 0
    while done < wanted["rows"]:
        batches = await consumer.getmany(timeout_ms=1000, max_records=WINDOW)
        rows = [_bare_row(record) for batch in batches.values() for record in batch]
        if rows:
            async with connection.transaction():
                await connection.copy_records_to_table("effect", columns=COLUMNS, records=rows)
            await consumer.commit()
            done += len(rows)
            steps.append((time.monotonic(), done))
    await consumer.stop()
    await connection.close()
    return steps


def _bare_row(record: Any) -> tuple[str, str, int, str]:  # noqa: ANN401  aiokafka's own
    headers = dict(record.headers)
    body = record.value.decode()
    return headers["ce_id"].decode(), headers["ce_subject"].decode(), json.loads(body)["number"], body


async def main() -> None:
    """Be the contestant that was asked for."""
    wanted = given()
    settings = Settings(kafka_bootstrap_servers=wanted["kafka"], database_url=wanted["database"])
    tell(doing="reading")
    kind = wanted["kind"]
    steps = await (bare(settings, wanted) if kind == "bare" else ours(kind, settings, wanted))
    tell(steps=steps)


if __name__ == "__main__":
    asyncio.run(main())
