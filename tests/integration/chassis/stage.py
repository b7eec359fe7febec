"""What the chassis' tests play on: a topic, a database, messages that count, and effects that can be looked at."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.outbox import Outgoing, insert
from chassis.storage.transaction import Transaction
from contracts.envelope import Envelope, Message, encode_headers

SECONDS = 30.0
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)

EFFECTS = "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, subject text, number integer, message_id text)"


class Counted(Message):
    message_type: ClassVar[str] = "test.counted.v1"
    number: int


class Other(Message):
    message_type: ClassVar[str] = "test.other.v1"
    text: str


async def keep(received: Received[Counted], transaction: Transaction) -> None:
    """Have the effect: a row."""
    await transaction.connection.execute(
        "INSERT INTO effect (subject, number, message_id) VALUES ($1, $2, $3)",
        received.envelope.subject,
        received.body.number,
        received.envelope.id,
    )


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = SECONDS) -> Any:
    """Wait for a condition to give something true, and give that."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.02)
    return found


def counted(subject: str, number: int, message_id: str | None = None, **changes: Any) -> tuple[str, Envelope, bytes]:
    """Make a message: its key, envelope and body."""
    identity = message_id or f"{Counted.message_type}:{subject}:{number}"
    fields: dict[str, Any] = {"sequence": number, **changes}
    envelope = Envelope(identity, "/test", Counted.message_type, subject, NOON, **fields)
    return subject, envelope, Counted(number=number).model_dump_json().encode()


@dataclass
class Stage:
    """One topic and one database, of one test."""

    bootstrap: str
    database_url: str
    topic: str
    connection: asyncpg.Connection[asyncpg.Record]
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")

    def settings(self, **changes: Any) -> Settings:
        values: dict[str, Any] = {
            "kafka_bootstrap_servers": self.bootstrap,
            "database_url": self.database_url,
            "session_timeout": 6,
            "relay_poll": 0.2,
            "lock_timeout": 0.5,
            **changes,
        }
        return Settings(**values)

    def service(self, handler: Any = keep, *, dedupe: Dedupe = Dedupe.ID, **subscription: Any) -> Service:
        read = Subscription(self.topic, {Counted: handler}, dedupe, **subscription)
        return Service(self.name, f"/test/{self.name}", [read])

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this stage is started with."""
        return {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "DATABASE_URL": self.database_url,
            "SESSION_TIMEOUT": "6",
            "RELAY_POLL": "0.2",
            "TEST_NAME": self.name,
            "TEST_TOPIC": self.topic,
        }

    async def produce(self, messages: Sequence[tuple[str, Envelope, bytes]]) -> None:
        records = [(key.encode(), encode_headers(envelope), value) for key, envelope, value in messages]
        await self.produce_raw(records)

    async def produce_raw(self, records: Sequence[tuple[bytes | None, list[tuple[str, bytes]], bytes | None]]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True) as producer:
            sent = [await producer.send(self.topic, value, key=key, headers=headers) for key, headers, value in records]
            await asyncio.gather(*sent)

    async def put_in_outbox(self, messages: Sequence[tuple[str, Envelope, bytes | None]], topic: str = "") -> None:
        rows = [Outgoing(topic or self.topic, key, envelope, value) for key, envelope, value in messages]
        async with self.connection.transaction():
            await insert(self.connection, rows)

    async def effects(self) -> list[tuple[str, int]]:
        rows = await self.connection.fetch("SELECT subject, number FROM effect ORDER BY id")
        return [(row["subject"], row["number"]) for row in rows]

    async def applied(self, number: int) -> list[tuple[str, int]]:
        """Wait until there are so many effects."""

        async def enough() -> list[tuple[str, int]]:
            found = await self.effects()
            return found if len(found) >= number else []

        return list(await until(enough))

    async def refuse_connections(self, refuse: bool) -> None:
        """Cut every other connection to the database and let none in, or let them in again."""
        name = urlsplit(self.database_url).path.lstrip("/")
        await self.connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {1 if refuse else -1}")
        if refuse:
            await self.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    async def count(self, table: str) -> int:
        return int(await self.connection.fetchval(f"SELECT count(*) FROM {table}"))

    async def emptied(self, table: str = "outbox") -> None:
        async def empty() -> bool:
            return await self.count(table) == 0

        await until(empty)

    async def sent(self, topic: str = "") -> list[ConsumerRecord]:
        """Read all committed records, in offset order within each partition."""
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap, isolation_level="read_committed") as consumer:
            name = topic or self.topic
            partitions = [TopicPartition(name, number) for number in await _partitions(consumer, name)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            records: list[ConsumerRecord] = []
            ends = await consumer.end_offsets(partitions)
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    records.extend(batch)
            return records

    async def committed(self, group: str) -> int:
        """Sum the group's committed offsets."""
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=group) as consumer:
            numbers = await _partitions(consumer, self.topic)
            offsets = [await consumer.committed(TopicPartition(self.topic, number)) for number in numbers]
            return sum(offset or 0 for offset in offsets)

    async def make_topic(self, name: str, partitions: int = 3, **config: str) -> None:
        async with self._administering() as admin:
            await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])

    async def delete_topic(self, name: str) -> None:
        """Delete it, and wait until the broker knows: the controller answers before that."""
        async with self._administering() as admin:
            await admin.delete_topics([name])
            while name in await admin.list_topics():  # noqa: ASYNC110  the broker sends no word of it
                await asyncio.sleep(0.02)

    async def configure_topic(self, name: str, option: str, value: str) -> None:
        async with self._administering() as admin:
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {option: value})])

    @asynccontextmanager
    async def _administering(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    await consumer._client._wait_on_metadata(topic)
    return sorted(consumer.partitions_for_topic(topic))


def numbers_by_subject(effects: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for subject, number in effects:
        found.setdefault(subject, []).append(number)
    return found


def header(record: ConsumerRecord, name: str) -> str:
    return str(dict(record.headers)[name].decode())
