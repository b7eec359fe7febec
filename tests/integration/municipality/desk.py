"""Municipality as the others see it: what goes in on its topics and what comes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from chassis.clock import FixedClock
from chassis.service import Running, running
from chassis.settings import Settings
from contracts import topics
from contracts.envelope import Envelope, Message, decode_headers, encode_headers
from ops.stack import topics as stack_topics
from services.municipality.bootstrap import bootstrap

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECONDS = 20.0

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.IMDI_REQUESTS,
    topics.MUNICIPALITY_COMMANDS,
    topics.NOTIFICATION_EVENTS,
)
WRITTEN = (
    topics.MUNICIPALITY_EVENTS,
    topics.MUNICIPALITY_STATE,
    topics.MUNICIPALITY_REPLIES,
    topics.MUNICIPALITY_REJECTIONS,
    topics.MUNICIPALITY_REPORTS,
    topics.PERSON_REPORTS,
)


@dataclass(frozen=True)
class Heard:
    """A record that came out."""

    topic: str
    partition: int
    offset: int
    key: str
    envelope: Envelope
    body: Any


@dataclass
class Desk:
    """Sends to municipality and hears what it says, from the beginning of its topics."""

    bootstrap_servers: str
    database_url: str
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    heard: list[Heard] = field(default_factory=list)
    seconds: float = SECONDS

    @property
    def settings(self) -> Settings:
        """Those of the service."""
        return Settings(kafka_bootstrap_servers=self.bootstrap_servers, database_url=self.database_url, relay_poll=0.2)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        """Run a replica of the service; on leaving, all it had to say is on its topics."""
        async with running(bootstrap(self.settings), self.settings, clock=FixedClock(NOW)) as state:
            yield state

    async def send(
        self,
        topic: topics.Topic,
        key: str,
        body: Message,
        *,
        subject: str,
        sequence: int | None = None,
        message_id: str | None = None,
    ) -> None:
        """Send one message as its owner would."""
        identity = message_id or f"{body.message_type}:{subject}:{sequence}"
        envelope = Envelope(identity, "/test", body.message_type, subject, NOW, sequence)
        await self.send_raw(topic, key, body.model_dump_json().encode(), encode_headers(envelope))

    async def send_raw(self, topic: topics.Topic, key: str, value: bytes, headers: Sequence[tuple[str, bytes]]) -> None:
        """Send any bytes."""
        await self.producer.send_and_wait(topic.name, value, key=key.encode(), headers=list(headers))

    async def hear(self, enough: Callable[[list[Heard]], Any]) -> Any:
        """Listen until ``enough`` gives something true, and give that."""
        deadline = time.monotonic() + self.seconds
        while not (found := enough(self.heard)):
            assert time.monotonic() < deadline, "it was not said"
            for records in (await self.consumer.getmany(timeout_ms=100)).values():
                self.heard.extend(map(_heard, records))
        return found

    async def hear_all(self) -> list[Heard]:
        """Listen to all that is on the topics now."""
        ends = await self.consumer.end_offsets(self.consumer.assignment())

        async def behind() -> bool:
            return any([await self.consumer.position(partition) < end for partition, end in ends.items()])

        while await behind():
            for records in (await self.consumer.getmany(timeout_ms=100)).values():
                self.heard.extend(map(_heard, records))
        return self.heard


@asynccontextmanager
async def open_desk(bootstrap_servers: str, database_url: str) -> AsyncIterator[Desk]:
    """Open a desk on topics made anew: other tests of the run use the same names."""
    await renew_topics(bootstrap_servers, [*READ, *WRITTEN, topics.BY_NAME["municipality.failures.v1"]])
    async with (
        AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True) as producer,
        AIOKafkaConsumer(
            *(topic.name for topic in WRITTEN),
            bootstrap_servers=bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        ) as consumer,
    ):
        yield Desk(bootstrap_servers, database_url, producer, consumer)


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
    body = model.model_validate_json(record.value)
    return Heard(record.topic, record.partition, record.offset, record.key.decode(), envelope, body)
