"""A service as the others see it: what goes in on its topics and what comes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from contracts import topics
from contracts.envelope import Envelope, Message, decode_headers, encode_headers
from ops.stack import topics as stack_topics

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECONDS = 20.0


@dataclass(frozen=True)
class Heard:
    """A record that came out; ``body`` None: a tombstone."""

    topic: str
    partition: int
    offset: int
    key: str
    envelope: Envelope
    body: Any


@dataclass
class Desk:
    """Sends to a service and hears what it says, from the beginning of its topics. seconds: how long it waits."""

    bootstrap_servers: str
    database_url: str
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    heard: list[Heard] = field(default_factory=list)
    seconds: float = SECONDS

    async def send(
        self,
        topic: topics.Topic,
        key: str,
        body: Message,
        *,
        subject: str,
        sequence: int | None = None,
        message_id: str | None = None,
        source: str = "/test",
    ) -> None:
        """Send one message as its owner would."""
        identity = message_id or f"{body.message_type}:{subject}:{sequence}"
        envelope = Envelope(identity, source, body.message_type, subject, NOW, sequence)
        await self.send_raw(topic, key, body.model_dump_json().encode(), encode_headers(envelope))

    async def send_raw(
        self, topic: topics.Topic, key: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Send any bytes."""
        await self.producer.send_and_wait(topic.name, value, key=key.encode(), headers=list(headers))

    async def hear(self, enough: Callable[[list[Heard]], Any]) -> Any:
        """Listen until ``enough`` gives something true, and give that."""
        deadline = time.monotonic() + self.seconds
        while not (found := enough(self.heard)):
            assert time.monotonic() < deadline, "it was not said"
            await self._listen()
        return found

    async def hear_all(self) -> list[Heard]:
        """Listen to all that is on the topics now."""
        ends = await self.consumer.end_offsets(self.consumer.assignment())

        async def behind() -> bool:
            return any([await self.consumer.position(partition) < end for partition, end in ends.items()])

        while await behind():
            await self._listen()
        return self.heard

    async def _listen(self) -> None:
        for records in (await self.consumer.getmany(timeout_ms=100)).values():
            self.heard.extend(map(_heard, records))


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    """Look until there is something, and give that."""
    deadline = time.monotonic() + SECONDS
    while not (there := await found()):
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.02)
    return there


@asynccontextmanager
async def clients(
    bootstrap_servers: str, heard: Sequence[topics.Topic], others: Sequence[topics.Topic] = ()
) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    """Give who sends and who hears, on topics made anew: other tests of the run use the same names."""
    await renew_topics(bootstrap_servers, [*heard, *others])
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True) as producer,
        AIOKafkaConsumer(
            *(topic.name for topic in heard),
            bootstrap_servers=bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as consumer,
    ):
        yield producer, consumer


async def renew_topics(bootstrap_servers: str, renewed: Iterable[topics.Topic]) -> None:
    """Delete the topics with all they hold, and make them again as the registry says."""
    wanted = list(renewed)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        there = {topic.name for topic in wanted} & set(await admin.list_topics())
        if there:
            await admin.delete_topics(sorted(there))
            while there & set(await admin.list_topics()):  # noqa: ASYNC110  the broker sends no word of it
                await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await asyncio.to_thread(stack_topics.create, bootstrap_servers, wanted)


def _heard(record: Any) -> Heard:
    envelope = decode_headers(record.headers)
    model = topics.BY_NAME[record.topic].types[envelope.type]
    body = None if record.value is None else model.model_validate_json(record.value)
    return Heard(record.topic, record.partition, record.offset, record.key.decode(), envelope, body)
