"""The floor of the pipeline: the same messages produced and consumed bare, the same rows loaded by COPY."""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from confluent_kafka import TopicPartition

import chassis.migrations
from bench.sides.filler import WINDOW, windows
from chassis.broker.kafka import make_producer
from chassis.settings import Settings
from contracts.topics import TOPICS
from ops import kafka_client
from ops.stack.environment import Stack

DATABASES = ("distribution", "municipality", "notification", "gateway")
SCHEMAS = ("public", "readmodel")
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY ($1) ORDER BY 1, 2"
COPIES = "bench_copy"
READ_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it was sent."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows as COPY wrote them, and the empty copy of it, indexes included, that they are loaded into."""

    url: str
    copy: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class Bare:
    """What a burst of lists has left, to be done again without us. names: the topics' copies."""

    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    names: Mapping[str, str]
    records: Sequence[Sent]
    tables: Sequence[Table]

    async def once(self) -> float:
        """Produce all, consume all, COPY all, one after the other; gives the seconds in all."""
        return await self._produced() + await self._consumed() + await self._copied()

    async def _produced(self) -> float:
        begun = time.monotonic()
        for window in windows(self.records):
            sent = [
                await self.producer.send(self.names[one.topic], one.value, one.key, one.partition, headers=one.headers)
                for one in window
            ]
            await asyncio.gather(*sent)
        return time.monotonic() - begun

    async def _consumed(self) -> float:
        seen, begun = 0, time.monotonic()
        while seen < len(self.records):
            batches = await self.consumer.getmany(timeout_ms=1000, max_records=WINDOW)
            seen += sum(len(batch) for batch in batches.values())
            await self.consumer.commit()
        return time.monotonic() - begun

    async def _copied(self) -> float:
        spent = 0.0
        for table in self.tables:
            connection = await asyncpg.connect(table.url)
            await connection.execute(f"TRUNCATE {COPIES}.{table.copy}")
            begun = time.monotonic()
            await connection.copy_to_table(
                table.copy, schema_name=COPIES, source=io.BytesIO(table.rows), format="binary"
            )
            spent += time.monotonic() - begun
            await connection.close()
        return spent


def ends(bootstrap: str) -> list[TopicPartition]:
    """Tell where every partition of ours ends."""
    consumer = kafka_client.reader(bootstrap)
    places = [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
    for place in places:
        place.offset = consumer.get_watermark_offsets(place)[1]
    consumer.close()
    return places


@asynccontextmanager
async def bare(stack: Stack, bootstrap: str, since: Sequence[TopicPartition]) -> AsyncIterator[Bare]:
    """Gather what was sent since, and what is in the tables that the chassis has not brought; done once to warm up."""
    tables = [one for database in DATABASES for one in await _tables(stack.postgres().url(f"fordeling_{database}"))]
    names = {topic.name: f"bench.{topic.name}" for topic in TOPICS}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(names[topic.name], topic.partitions, 1) for topic in TOPICS])
    await admin.close()
    producer = make_producer(Settings(kafka_bootstrap_servers=bootstrap, database_url=""), client_id="bench")
    consumer = AIOKafkaConsumer(
        *names.values(), bootstrap_servers=bootstrap, group_id="bench",
        auto_offset_reset="earliest", enable_auto_commit=False, isolation_level="read_committed",
    )  # fmt: skip
    async with producer, consumer:
        made = Bare(producer, consumer, names, list(_since(bootstrap, since)), tables)
        await made.once()
        yield made


def _since(bootstrap: str, since: Sequence[TopicPartition]) -> Iterator[Sent]:
    left = {(one.topic, one.partition): one.offset for one in ends(bootstrap)}
    left = {(one.topic, one.partition): left[one.topic, one.partition] for one in since}
    starts = [one for one in since if one.offset < left[one.topic, one.partition]]
    if not starts:
        return
    consumer = kafka_client.reader(bootstrap, enable_partition_eof=True)
    consumer.assign(starts)
    reading, deadline = {(one.topic, one.partition) for one in starts}, time.monotonic() + READ_SECONDS
    while reading:
        if time.monotonic() > deadline:
            raise TimeoutError("what the pipeline wrote could not be read in time")
        record = consumer.poll(1)
        if record is None:
            continue
        if record.error() is not None:
            reading.discard((record.topic(), record.partition()))
            continue
        headers = [(str(name), _bytes(value) or b"") for name, value in dict(record.headers() or []).items()]
        key, value = record.key(), record.value()
        yield Sent(str(record.topic()), int(record.partition() or 0), _bytes(key), _bytes(value), headers)
    consumer.close()


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value


async def _tables(url: str) -> list[Table]:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {COPIES}")
    found = []
    for row in await connection.fetch(TABLES, list(SCHEMAS)):
        schema, name = str(row["schemaname"]), str(row["tablename"])
        if name in _plumbing() or "yoyo" in name:
            continue
        copy, rows = f"{schema}_{name}", io.BytesIO()
        await connection.copy_from_table(name, schema_name=schema, output=rows, format="binary")
        await connection.execute(f"CREATE TABLE {COPIES}.{copy} (LIKE {schema}.{name} INCLUDING ALL)")
        found.append(Table(url, copy, rows.getvalue()))
    await connection.close()
    return found


def _plumbing() -> set[str]:
    """Tell the chassis' tables: inbox, outbox and the like, which a bare pipeline does without."""
    [folder] = chassis.migrations.__path__
    texts = (file.read_text(encoding="utf-8") for file in Path(folder).glob("*.sql"))
    return {name for text in texts for name in re.findall(r"CREATE TABLE (\w+)", text)}
