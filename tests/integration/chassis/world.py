"""A small world for the model of the chassis: the real outbox, relay, readers and dead letters on a real database.

Kafka is a log in memory, which may do all that Kafka and the network may: take a window and lose the answer, refuse a
row, fence a producer, give a batch again. ``in`` is read by ``a``, which counts a version for each subject and
publishes it on ``out`` through the outbox; ``b`` reads that.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import asyncpg
from aiokafka.errors import KafkaConnectionError, ProducerFenced

from chassis import errors, faults
from chassis.broker.kafka import HiddenError, partition_of
from chassis.clock import FixedClock
from chassis.errors import Kind, TryAgainError
from chassis.reading.consumer import Reader
from chassis.reading.decoding import Incoming
from chassis.reading.subscriptions import Dedupe, Received, Record, Subscription
from chassis.redriving.redrive import Redriver
from chassis.relaying.relay import Relay
from chassis.relaying.windows import REFUSED_FOR_GOOD, Window
from chassis.settings import Settings
from chassis.storage.database import Pool
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import Envelope, Message, encode_headers
from tests.integration.chassis.fake_broker import PARTITIONS, Broker, Ends, Producer

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TABLES = """
CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, reader text, subject text, number integer);
CREATE TABLE aggregate (subject text PRIMARY KEY, version integer NOT NULL);
"""
EMPTY = """
TRUNCATE effect, aggregate, outbox, outbox_aside, inbox, inbox_sequence, parked_subject, dead_letter, redrive_request
RESTART IDENTITY
"""
BUMP = """
INSERT INTO aggregate (subject, version) VALUES ($1, 1)
ON CONFLICT (subject) DO UPDATE SET version = aggregate.version + 1
RETURNING version
"""


EFFECTS = "SELECT reader, subject, number FROM effect ORDER BY id"
PARKED = "SELECT reader, subject, message_id FROM dead_letter ORDER BY id"
WAITING = """
SELECT subject, (headers ->> 'ce_sequence')::int FROM outbox WHERE topic = 'out'
UNION ALL SELECT subject, (headers ->> 'ce_sequence')::int FROM outbox_aside
"""
ASIDE = "SELECT subject, (headers ->> 'ce_sequence')::int FROM outbox_aside WHERE id = $1"


class CrashError(BaseException):
    """The process is gone: nobody catches this."""


class Step(Message):
    message_type: ClassVar[str] = "test.step.v1"
    number: int
    padding: str = ""


class HastyReader(Reader):
    """Tries again at once: waiting would prove nothing here."""

    async def _pause(self, kind: Kind, cause: Exception, tries: int) -> None:
        del kind, cause, tries
        await asyncio.sleep(0)


@dataclass
class Found:
    """What the database holds, in order: numbers by reader and subject, or by subject."""

    versions: dict[str, int]
    effects: dict[tuple[str, str], list[int]]
    parked: dict[tuple[str, str], list[int]]
    waiting: dict[str, list[int]]


class World:
    """One service with two readers, and what may befall them."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self.pool = pool
        self.settings = settings
        self.broker = Broker()
        self.relay = Relay("test", settings.model_copy(update={"visible_within": 0.02}), pool)
        self.relay._stopping.set()  # it returns when nothing is left
        self.transactions = Transactions(pool, "/test", FixedClock(NOON))
        self.stopping = asyncio.Event()
        readers = {"a": Subscription("in", {Step: self._a}, Dedupe.ID, reader="a")}
        readers["b"] = Subscription("out", {Step: self._b}, Dedupe.SEQUENCE, reader="b")
        self.readers = {name: self._reader(subscription) for name, subscription in readers.items()}
        self.redriver = Redriver({reader.group: reader for reader in self.readers.values()}, self.transactions)
        self.committed = {name: [0] * PARTITIONS for name in readers}
        self.poisoned: set[tuple[str, str]] = set()
        self.mishaps: dict[tuple[str, str], str] = {}

    def _reader(self, subscription: Subscription) -> Reader:
        return HastyReader("test", subscription, self.transactions, self.settings, self.stopping)

    async def _a(self, received: Received[Step], transaction: Transaction) -> None:
        subject = received.envelope.subject
        version = await transaction.connection.fetchval(BUMP, subject)
        body = Step(number=version, padding=received.body.padding)
        await transaction.publish("out", body, key=subject, subject=subject, sequence=version)
        await self._take_effect("a", received, transaction)

    async def _b(self, received: Received[Step], transaction: Transaction) -> None:
        await self._take_effect("b", received, transaction)

    async def _take_effect(self, reader: str, received: Received[Step], transaction: Transaction) -> None:
        subject, connection = received.envelope.subject, transaction.connection
        await connection.execute(
            "INSERT INTO effect (reader, subject, number) VALUES ($1, $2, $3)", reader, subject, received.body.number
        )
        match self.mishaps.pop((reader, subject), ""):
            case "crash":
                raise CrashError
            case "later":
                raise TryAgainError
            case "cut":
                await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        if (reader, subject) in self.poisoned:
            raise RuntimeError

    def send(self, subject: str, number: int, *, broken: bool = False, large: bool = False) -> None:
        """Have somebody outside send a message, which may have been sent before."""
        envelope = Envelope(f"in:{subject}:{number}", "/outside", Step.message_type, subject, NOON)
        body = b"{}" if broken else Step(number=number, padding="x" * large).model_dump_json().encode()
        partition = partition_of(subject, PARTITIONS)
        self.broker.append("in", partition, subject.encode(), encode_headers(envelope), body)

    def unread(self, name: str, most: int, *, backwards: bool) -> list[Record]:
        """Give a reader's next records, partition after partition."""
        logs = self.broker.log(self.readers[name].subscription.topic)
        parts = [log[offset:] for log, offset in zip(logs, self.committed[name], strict=True)]
        return [record for part in (reversed(parts) if backwards else parts) for record in part][:most]

    def acknowledge(self, name: str, records: Iterable[Record]) -> None:
        for record in records:
            offsets = self.committed[name]
            offsets[record.partition] = max(offsets[record.partition], record.offset + 1)

    async def read(self, name: str, records: Sequence[Record]) -> bool:
        """Handle a batch; False where the process died over it."""
        try:
            await self.readers[name].handle(records)
        except (CrashError, faults.InjectedError):
            return False
        return True

    async def redrive(self) -> bool:
        """Do what operators have asked for; False where the process died over it, or the database went."""
        try:
            await self.redriver.work()
        except (CrashError, TryAgainError, *errors.DATABASE_ERRORS):
            return False
        return True

    async def look(self) -> Found:
        """Read what there is."""
        async with self.pool.acquire() as connection:
            versions = await connection.fetch("SELECT subject, version FROM aggregate")
            effects, parked = defaultdict(list), defaultdict(list)
            for reader, subject, number in await connection.fetch(EFFECTS):
                effects[reader, subject].append(number)
            for group, subject, identity in await connection.fetch(PARKED):
                parked[group.rpartition(".")[2], subject].append(number_of(identity))
            waiting = defaultdict(list)
            for subject, version in await connection.fetch(WAITING):
                waiting[subject].append(version)
        return Found(dict(versions), effects, parked, waiting)

    async def version_aside(self, row: int) -> tuple[str, int]:
        """Tell what a row that stands aside is about."""
        found = await self.pool.fetchrow(ASIDE, row)
        assert found is not None
        return found[0], found[1]

    def logged(self, name: str) -> Iterator[Incoming]:
        """Give what the topic of a reader holds."""
        reader = self.readers[name]
        return (reader.read(record) for log in self.broker.log(reader.subscription.topic) for record in log)

    async def window(self, producer: Producer, most: int) -> Window:
        """Read what the leader would send next."""
        self.relay._settings.relay_window = most
        async with self.pool.acquire() as connection:
            return await self.relay._read(connection, producer, [])

    async def relay_rows(self, producer: Producer, most: int, cut: int = 0) -> bool:
        """Send windows of so many rows as the leader does, until one is refused or nothing is left.

        cut: at which statement that changes something its session ends; 0: at none. False where it has given up.
        """
        self.relay._settings.relay_window = most
        async with self.pool.acquire() as held:
            try:
                await self.relay._send_all(CutSession(held, cut), producer, Ends(self.broker))
            except (KafkaConnectionError, ProducerFenced, HiddenError, asyncpg.InterfaceError):
                return False
        return True

    async def wake(self, producer: Producer, window: Window) -> None:
        """Have a leader go on whom PostgreSQL has given up: with what it had read, by the producer that it had.

        What Kafka refuses for good is left to its successor.
        """
        refused = (KafkaConnectionError, ProducerFenced, HiddenError, *REFUSED_FOR_GOOD)
        with contextlib.suppress(*refused, asyncpg.InterfaceError):
            await self.relay._ship(producer, Ends(self.broker), window)
            await self.relay._delete(CutSession(None, 1), window.ids)


def number_of(identity: str) -> int:
    """Tell the number of a message by its id."""
    return int(identity.rpartition(":")[2])


class CutSession:
    """The connection of a leader that PostgreSQL gives up at its first, second … statement that changes something."""

    def __init__(self, held: Any, cut: int) -> None:
        self._held = held
        self._left = cut

    async def fetch(self, *statement: Any) -> Any:
        return await self._held.fetch(*statement)

    async def execute(self, *statement: Any) -> Any:
        self._left -= 1
        if not self._left:
            raise asyncpg.InterfaceError("connection is closed")
        return await self._held.execute(*statement)
