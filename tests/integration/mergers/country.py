"""All services and the gateway over real databases, told of each other's messages by hand: no broker, one clock."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from chassis.clock import FixedClock
from chassis.reading.subscriptions import Received, Record, Subscription
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import Pool, create_pool
from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.envelope import Envelope, Message, decode_headers, encode_headers
from gateway.consuming import make_service
from ops.testing.databases import Databases
from services.distribution.bootstrap import DistributionSettings, bootstrap as distribution
from services.letters.bootstrap import LettersSettings, bootstrap as letters
from services.municipality.adapters.register import PgRegister
from services.municipality.bootstrap import bootstrap as municipality
from services.municipality.domain.codes import LanguageForm
from services.municipality.domain.register import DivisionRow, Facts
from services.municipality.use_cases.ports import Division
from services.municipality.use_cases.register_division import register_division
from services.notification.bootstrap import NotificationSettings, bootstrap as notification

BEFORE = datetime(2027, 12, 31, 22, 59, tzinfo=UTC)
"""A minute to midnight in Norway."""
AFTER = datetime(2027, 12, 31, 23, 0, tzinfo=UTC)
"""The merger's day has begun in Norway; in UTC it has not."""
MERGED_ON = date(2028, 1, 1)

ALESUND, HARAM, OSLO = "k-1508", "k-1580", "k-0301"
ORGANISATIONS = {ALESUND: "329912251", HARAM: "329912252", OSLO: "329912253"}


def _facts(number: str, name: str, population: int) -> Facts:
    organisation = ORGANISATIONS[f"k-{number}"]
    form = LanguageForm.NYNORSK if number == "1580" else LanguageForm.BOKMAAL
    county = ("03", "Oslo") if number == "0301" else ("15", "Møre og Romsdal")
    return Facts(number, name, *county, organisation, form, population, date(2024, 1, 1))


FACTS = {"1508": _facts("1508", "Ålesund", 58509), "1580": _facts("1580", "Haram", 9544),
         "0301": _facts("0301", "Oslo", 717710)}  # fmt: skip
OLD = Division([DivisionRow(facts) for facts in FACTS.values()], "2024")


def merged() -> Division:
    """Give the division in which Haram is part of Ålesund."""
    rows = [replace(FACTS["1508"], valid_from=MERGED_ON), replace(FACTS["0301"], valid_from=MERGED_ON)]
    return Division([DivisionRow(rows[0], ("1580",)), DivisionRow(rows[1])], "2028")


@dataclass(frozen=True)
class Heard:
    """A record that was told."""

    topic: str
    key: str
    envelope: Envelope
    body: Any


@dataclass
class Room:
    """A service with its database."""

    service: Service
    pool: Pool
    transactions: Transactions

    async def take(self, topic: str, received: Received[Any]) -> None:
        """Do with a record what the service does with it."""
        for one in self.service.subscriptions:
            if one.topic == topic and (received.is_tombstone or type(received.body) in one.messages):
                async with self.transactions.begin(received.envelope) as transaction:
                    await _handle(one, received, transaction)

    async def told(self) -> list[tuple[str, str, Envelope, bytes | None]]:
        """Take what the service has to tell, in its order."""
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, topic, key, headers, value")
        return [
            (row["topic"], row["key"], _envelope(row["headers"]), row["value"])
            for row in sorted(rows, key=lambda row: row["id"])
        ]


async def _handle(one: Subscription, received: Received[Any], transaction: Any) -> None:
    if one.batch is not None:
        await one.batch([received], transaction)
    elif not received.is_tombstone:
        await one.handler(type(received.body))(received, transaction)
    elif one.on_tombstone is not None:
        await one.on_tombstone(received, transaction)


def _envelope(headers: Mapping[str, str]) -> Envelope:
    return decode_headers((name, value.encode()) for name, value in headers.items())


@dataclass
class Country:
    """Everything there is. What is said goes on until nobody has more to say. ``urls``: of each service's database."""

    clock: FixedClock
    rooms: dict[str, Room]
    urls: dict[str, str]
    heard: list[Heard] = field(default_factory=list)
    _offsets: Iterator[int] = field(default_factory=itertools.count)

    async def follow(self, division: Division) -> None:
        """Have the register follow a division, as municipality does at its start."""
        async with self.rooms["municipality"].transactions.begin() as transaction:
            await register_division(division, PgRegister(transaction))
        await self._go_on()

    async def say(self, topic: topics.Topic, key: str, body: Message, subject: str) -> list[Heard]:
        """Send a message as IMDi or the gateway does; gives all that followed."""
        known = len(self.heard)
        envelope = Envelope(str(uuid4()), "/test", body.message_type, subject, self.clock.now())
        await self._deliver(topic.name, key, envelope, body.model_dump_json().encode())
        await self._go_on()
        return self.heard[known:]

    async def _go_on(self) -> None:
        while told := [record for room in self.rooms.values() for record in await room.told()]:
            for topic, key, envelope, value in told:
                body = None if value is None else topics.BY_NAME[topic].types[envelope.type].model_validate_json(value)
                self.heard.append(Heard(topic, key, envelope, body))
                await self._deliver(topic, key, envelope, value)

    async def _deliver(self, topic: str, key: str, envelope: Envelope, value: bytes | None) -> None:
        body = None if value is None else topics.BY_NAME[topic].types[envelope.type].model_validate_json(value)
        offset = next(self._offsets)
        record = Record(topic, 0, offset, 0, key.encode(), encode_headers(envelope), value)
        for room in self.rooms.values():
            await room.take(topic, Received(envelope, body, record))


@asynccontextmanager
async def country(databases: Databases) -> AsyncIterator[Country]:
    """Open a country over databases of its own, before the merger."""
    url = databases.new()
    common = {"kafka_bootstrap_servers": "localhost:1", "database_url": url}
    mail = {"smtp_url": "smtp://localhost:1", "mail_from": "Fordeling <no-reply@example.no>"}
    services = [
        municipality(Settings(**common)),  # type: ignore[arg-type]
        distribution(DistributionSettings(**common, fordeling_embedded=True)),  # type: ignore[arg-type]
        notification(NotificationSettings(**common, **mail, public_url="http://localhost")),  # type: ignore[arg-type]
        letters(LettersSettings(**common, object_store_url="memory:///")),  # type: ignore[arg-type]
        make_service(),
    ]
    clock = FixedClock(BEFORE)
    async with AsyncExitStack() as stack:
        rooms, urls = {}, {}
        for service in services:
            assert service.migrations is not None
            own = urls[service.name] = databases.migrated(service.migrations)
            pool = await stack.enter_async_context(await create_pool(own, name=f"test-{service.name}"))
            rooms[service.name] = Room(service, pool, Transactions(pool, service.source, clock))
        yield Country(clock, rooms, urls)
