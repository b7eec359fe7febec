"""The relay with and without Kafka transactions: rate, and the time from commit to a reader.

Run it against a broker and a database that may be filled:
    python -m bench.relay --kafka 127.0.0.1:9092 --database postgresql://…
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.database import Pool, create_pool
from chassis.kafka import make_producer, partition_of
from chassis.migrate import migrate
from chassis.outbox import Outgoing, headers_from_json, insert
from chassis.relay import Relay
from chassis.settings import Settings
from contracts.envelope import Envelope

PARTITIONS = 6
BODY = b'{"filler":"' + b"x" * 480 + b'"}'


class UnfencedRelay(Relay):
    """The same relay with an idempotent producer and no transactions."""

    def _open(self) -> AIOKafkaProducer:
        return make_producer(self._settings, client_id="unfenced")

    async def _transmit(self, producer: AIOKafkaProducer, rows: list[asyncpg.Record]) -> dict[TopicPartition, int]:
        sent = [
            await producer.send(
                row["topic"],
                row["value"],
                key=row["key"].encode(),
                partition=partition_of(row["key"], PARTITIONS),
                headers=headers_from_json(row["headers"]),
            )
            for row in rows
        ]
        await asyncio.gather(*sent)
        return {}


@dataclass
class Stage:
    settings: Settings
    pool: Pool
    topic: str

    async def write(self, first: int, count: int) -> None:
        now = datetime.now(UTC)
        rows = [
            Outgoing(self.topic, f"k-{n % 500}", Envelope(str(n), "/bench", "bench.v1", f"s-{n % 500}", now), BODY)
            for n in range(first, first + count)
        ]
        async with self.pool.acquire() as connection, connection.transaction():
            await insert(connection, rows)

    async def reader(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            self.topic,
            bootstrap_servers=self.settings.kafka_bootstrap_servers,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        await consumer.start()
        return consumer


async def rate(stage: Stage, kind: type[Relay], rows: int) -> float:
    for first in range(0, rows, 5000):
        await stage.write(first, min(5000, rows - first))
    consumer = await stage.reader()
    started = time.perf_counter()
    relay = kind(f"bench-{uuid.uuid4().hex[:6]}", stage.settings, stage.pool)
    relay.start()
    seen = 0
    while seen < rows:
        seen += sum(len(batch) for batch in (await consumer.getmany(timeout_ms=1000)).values())
    spent = time.perf_counter() - started
    await relay.stop()
    await consumer.stop()
    return rows / spent


async def latency(stage: Stage, kind: type[Relay], tries: int, gap: float) -> list[float]:
    consumer = await stage.reader()
    relay = kind(f"bench-{uuid.uuid4().hex[:6]}", stage.settings, stage.pool)
    relay.start()
    spent = []
    for n in range(tries + 10):
        await stage.write(n, 1)
        committed = time.perf_counter()
        relay.published()
        while not await consumer.getmany(timeout_ms=1000):
            pass
        if n >= 10:
            spent.append((time.perf_counter() - committed) * 1000)
        await asyncio.sleep(gap)
    await relay.stop()
    await consumer.stop()
    return sorted(spent)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--tries", type=int, default=200)
    given = parser.parse_args()
    await asyncio.to_thread(migrate, given.database)
    settings = Settings(kafka_bootstrap_servers=given.kafka, database_url=given.database)
    pool = await create_pool(given.database, name="bench")
    admin = AIOKafkaAdminClient(bootstrap_servers=given.kafka)
    await admin.start()
    try:
        for kind in (UnfencedRelay, Relay):
            for measure in ("rate", "gap 50 ms", "gap 0"):
                topic = f"bench-{uuid.uuid4().hex[:8]}"
                await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
                stage = Stage(settings, pool, topic)
                if measure == "rate":
                    print(f"{kind.__name__:14} {await rate(stage, kind, given.rows):9.0f} msg/s", flush=True)
                else:
                    spent = await latency(stage, kind, given.tries, 0.05 if measure == "gap 50 ms" else 0)
                    p50, p99 = statistics.median(spent), spent[int(len(spent) * 0.99)]
                    print(f"{kind.__name__:14} {measure}: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)
    finally:
        await admin.close()
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
