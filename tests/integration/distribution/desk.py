"""Distribution as the others see it: what goes in on its topics and what comes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from chassis.clock import FixedClock
from chassis.service import Running, running
from contracts import codes, topics
from contracts.distribution import v1
from contracts.distribution.threads_v1 import AskQuestion
from contracts.envelope import Envelope, Message, decode_headers, encode_headers
from contracts.imdi.v1 import PublishDistributionList
from contracts.municipality.v1 import MunicipalityState, RegisterState
from ops.stack import topics as stack_topics
from services.distribution.bootstrap import DistributionSettings, bootstrap
from tests.unit.distribution.samples import AT

SECONDS = 20.0
READ = (topics.IMDI_LISTS, topics.DISTRIBUTION_COMMANDS, topics.MUNICIPALITY_STATE)
WRITTEN = (
    topics.DISTRIBUTION_EVENTS,
    topics.DISTRIBUTION_STATE,
    topics.PERSON_FOLDERS,
    topics.DISTRIBUTION_ANSWERS,
    topics.DISTRIBUTION_QUESTIONS,
    topics.DISTRIBUTION_REJECTIONS,
    topics.DISTRIBUTION_REPLIES,
)


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
    """Sends to distribution and hears what it says, from the beginning of its topics."""

    settings: DistributionSettings
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    heard: list[Heard] = field(default_factory=list)

    @asynccontextmanager
    async def service(self, at: datetime = AT) -> AsyncIterator[Running]:
        """Run a replica of the service at that time; on leaving, all it had to say is on its topics."""
        async with running(bootstrap(self.settings), self.settings, clock=FixedClock(at)) as state:
            yield state

    async def send(
        self,
        topic: topics.Topic,
        key: str,
        body: Message,
        *,
        subject: str,
        message_id: str,
        sequence: int | None = None,
        source: str = "/test",
    ) -> None:
        """Send one message as its owner would."""
        envelope = Envelope(message_id, source, body.message_type, subject, AT, sequence)
        await self.send_raw(topic, key, body.model_dump_json().encode(), encode_headers(envelope))

    async def send_raw(
        self, topic: topics.Topic, key: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> None:
        """Send any bytes."""
        await self.producer.send_and_wait(topic.name, value, key=key.encode(), headers=list(headers))

    async def publish(
        self, published: PublishDistributionList, *, message_id: str | None = None, key: str | None = None
    ) -> str:
        """Publish a list as IMDi would; gives the message's id."""
        identity = message_id or str(uuid4())
        await self.send(
            topics.IMDI_LISTS,
            key or published.municipality_number,
            published,
            subject=published.list_id,
            message_id=identity,
            source="/imdi",
        )
        return identity

    async def command(self, command: v1.ListCommand | AskQuestion, command_id: str) -> None:
        """Send a command as the gateway would."""
        await self.send(
            topics.DISTRIBUTION_COMMANDS,
            command.municipality_id,
            command,
            subject=command.list_id,
            message_id=command_id,
            source="/fordeling/gateway",
        )

    async def reply(self, command_id: str, count: int = 1) -> Any:
        """Wait for so many replies to a command; gives the last one's body."""

        def found(heard: list[Heard]) -> list[Heard]:
            replies = [one for one in heard if one.key == command_id]
            return replies if len(replies) >= count else []

        return (await self.hear(found))[-1].body

    async def ask(self, command: v1.ListCommand | AskQuestion, command_id: str | None = None, count: int = 1) -> Any:
        """Send a command and wait for its reply. ``count``: which one, where it has been sent before."""
        identity = command_id or str(uuid4())
        await self.command(command, identity)
        return await self.reply(identity, count)

    async def tell_register(self, *numbers: str) -> None:
        """Tell the whole register of municipalities, as municipality would: its size first."""
        state = topics.MUNICIPALITY_STATE
        size = RegisterState(municipalities=len(numbers))
        await self.send(state, "register", size, subject="register", message_id="register", sequence=1)
        for number in numbers:
            name = f"k-{number}"
            municipality = MunicipalityState(
                municipality_id=name, number=number, name=f"Kommune {number}", county_number=number[:2],
                county_name="Fylke", organisation_number="212345678", language_form=codes.LanguageForm.BOKMAAL,
                population=1000, valid_from=date(2024, 1, 1),
            )  # fmt: skip
            await self.send(state, name, municipality, subject=name, message_id=name, sequence=1)

    async def hear(self, enough: Callable[[list[Heard]], Any]) -> Any:
        """Listen until ``enough`` gives something true, and give that."""
        deadline = time.monotonic() + SECONDS
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
async def open_desk(bootstrap_servers: str, database_url: str) -> AsyncIterator[Desk]:
    """Open a desk on topics made anew: other tests of the run use the same names."""
    await renew_topics(bootstrap_servers, [*READ, *WRITTEN, topics.BY_NAME["distribution.failures.v1"]])
    settings = DistributionSettings(
        kafka_bootstrap_servers=bootstrap_servers, database_url=database_url, fordeling_embedded=True, relay_poll=0.2
    )
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
        yield Desk(settings, producer, consumer)


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
