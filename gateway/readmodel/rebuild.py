"""The read model built anew beside the live one, and swapped in one transaction while pages go on being read.

See docs/decisions/0009-republish-and-rebuild.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.broker.kafka import all_partitions, make_reader_of_all, wait_for_broker
from chassis.errors import HandlingError
from chassis.reading import dead_letters, inbox
from chassis.reading.consumer import Reader
from chassis.reading.intake import to_record
from chassis.storage.database import Connection, create_pool, prepare_connection
from chassis.storage.migrate import LOCK as MIGRATION
from chassis.storage.transaction import Transactions
from contracts.upcasts import UPCASTS
from gateway.commands.resending import SOURCE
from gateway.readmodel import schemas
from gateway.readmodel.projector import ANNOUNCE, subscriptions
from gateway.readmodel.schemas import NEXT, OLD
from gateway.readmodel.tables import TABLES
from gateway.settings import GatewaySettings

log = structlog.get_logger(__name__)

READING = "rebuild"
"""Name of this reading: part of its readers' names, so that it begins at the beginning."""

TRY_LOCK = "SELECT pg_try_advisory_lock($1)"
REBUILDING = 7_203_315_202
"""Key of the advisory lock of the one that rebuilds."""

PARKED = "SELECT count(*) FROM dead_letter WHERE reader = ANY($1)"
NEWEST_PARKED = "SELECT subject, max(id) AS newest FROM dead_letter WHERE reader = $1 GROUP BY subject ORDER BY subject"
FORGET_SUBJECTS_LETTERS = "DELETE FROM dead_letter WHERE reader = $1 AND subject = $2"
FORGET_PARKED = "DELETE FROM dead_letter WHERE reader = $1"
FORGET_SUBJECTS = "DELETE FROM parked_subject WHERE reader = $1"

LOCK_WAIT = "SET LOCAL lock_timeout = '1s'"
STILL_SECONDS = 3.0
"""The live projector is held up for no longer than this: then it would count its tries."""
RETRY_SECONDS = 1.0
POLL_MS = 200
TELL_SECONDS = 0.5


class CannotRebuildError(Exception):
    """It is not done, and the live read model is as it was; the text says why."""


class _NotYetError(Exception):
    """The new one was not level with the live one in time; it is tried again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` records so far; what comes meanwhile adds to both."""

    done: int
    total: int

    @property
    def lag(self) -> int:
        """Records still to be read."""
        return max(0, self.total - self.done)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was done. ``held_still``: seconds for which the live projector waited; pages never did."""

    records: int
    seconds: float
    held_still: float


@dataclass
class Rebuild:
    """One rebuilding, with what it has open."""

    connection: Connection
    consumer: AIOKafkaConsumer
    readers: dict[str, Reader]
    places: list[TopicPartition]
    tell: Callable[[Progress], None]
    ends: dict[TopicPartition, int] = field(default_factory=dict)
    records: int = 0
    told: float = 0.0

    async def run(self) -> Rebuilt:
        """Build, swap and drop the old one. Raises CannotRebuildError."""
        begun = time.monotonic()
        await schemas.copy_structure(self.connection)
        await self.consumer.seek_to_beginning(*self.places)
        while True:
            await self._catch_up()
            try:
                held_still = await self._swap()
            except (_NotYetError, asyncpg.LockNotAvailableError):
                await asyncio.sleep(RETRY_SECONDS)
            else:
                break
        await self._drop_old()
        return Rebuilt(self.records, time.monotonic() - begun, held_still)

    async def _catch_up(self) -> None:
        """Read to where the topics end at some moment."""
        self.ends = await self.consumer.end_offsets(self.places)
        while await self._behind():
            await self._read()

    async def _behind(self) -> int:
        left = 0
        for place, end in self.ends.items():
            left += max(0, end - await self.consumer.position(place))
        if not left or time.monotonic() - self.told > TELL_SECONDS:
            self.told = time.monotonic()
            self.tell(Progress(self.records, self.records + left))
        return left

    async def _read(self) -> None:
        by_topic: dict[str, list[Any]] = {}
        for place, batch in (await self.consumer.getmany(timeout_ms=POLL_MS, max_records=2000)).items():
            by_topic.setdefault(place.topic, []).extend(batch)
        for topic, batch in by_topic.items():
            await self.readers[topic].handle([to_record(record) for record in batch])
            self.records += len(batch)

    async def _swap(self) -> float:
        """Hold the live projector still, read what it may have read, and swap. Gives how long it was held."""
        async with self.connection.transaction():
            await self.connection.execute(LOCK_WAIT)
            await schemas.hold_still(self.connection, [table.name for table in TABLES.values()])
            still = time.monotonic()
            self.ends = await self.consumer.end_offsets(self.places)
            while await self._behind():
                if time.monotonic() - still > STILL_SECONDS:
                    raise _NotYetError
                await self._read()
            groups = [reader.group for reader in self.readers.values()]
            for reader in self.readers.values():
                await _project_newest(self.connection, reader)
            if parked := await self.connection.fetchval(PARKED, groups):
                raise CannotRebuildError(
                    f"{parked} records cannot be projected: mend their owner's state with 'fordeling republish' first"
                )
            await schemas.swap(self.connection)
            await forget(self.connection, self.readers)
            await self.connection.execute(ANNOUNCE)
        return time.monotonic() - still

    async def _drop_old(self) -> None:
        """Drop what pages may still be reading, once they have."""
        while True:
            try:
                async with self.connection.transaction():
                    await self.connection.execute(LOCK_WAIT)
                    await schemas.drop(self.connection, OLD)
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return


async def _project_newest(connection: Connection, reader: Reader) -> None:
    """Project the newest record of each parked subject, where that can be read: of a state, only that one counts."""
    for row in await connection.fetch(NEWEST_PARKED, reader.group):
        found = await dead_letters.head(connection, reader.group, row["subject"], row["newest"] - 1)
        assert found is not None, "it was there just now, and is ours alone"
        item = reader.read(found[1])
        if item.errors:
            continue
        with suppress(HandlingError):
            async with reader.transactions.begin() as transaction:
                await reader.redo(item, transaction)
                await transaction.connection.execute(FORGET_SUBJECTS_LETTERS, reader.group, row["subject"])


async def forget(connection: Connection, readers: dict[str, Reader]) -> None:
    """Forget what this reading has seen and parked."""
    for reader in readers.values():
        await inbox.forget_reader(connection, reader.group)
        await connection.execute(FORGET_PARKED, reader.group)
        await connection.execute(FORGET_SUBJECTS, reader.group)


async def rebuild(settings: GatewaySettings, tell: Callable[[Progress], None]) -> Rebuilt:
    """Build the read model anew. Raises CannotRebuildError, BrokerUnreachableError.

    What an interrupted one has left is dropped first.
    """
    await wait_for_broker(settings, seconds=settings.broker_wait)
    async with _alone(settings) as connection, _reading(settings) as (consumer, readers, places):
        await schemas.drop(connection, NEXT, OLD)
        await forget(connection, readers)
        try:
            return await Rebuild(connection, consumer, readers, places, tell).run()
        except schemas.UnknownKindError as error:
            raise CannotRebuildError(f"the schema holds what a rebuild does not copy: {error}") from None


@asynccontextmanager
async def _alone(settings: GatewaySettings) -> AsyncIterator[Connection]:
    """Connect as the only one that rebuilds, and while nothing migrates. Raises CannotRebuildError."""
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        await prepare_connection(connection)
        if not await connection.fetchval(TRY_LOCK, REBUILDING):
            raise CannotRebuildError("another rebuild is under way")
        if not await connection.fetchval(TRY_LOCK, MIGRATION):
            raise CannotRebuildError("a migration is under way")
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _reading(
    settings: GatewaySettings,
) -> AsyncIterator[tuple[AIOKafkaConsumer, dict[str, Reader], list[TopicPartition]]]:
    """Open a consumer over all state topics, without a group, and a reader for each."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            await create_pool(settings.database_url, name="gateway-rebuild", max_size=2)
        )
        consumer = await stack.enter_async_context(make_reader_of_all(settings))
        transactions = Transactions(pool, SOURCE)
        readers = {
            each.topic: Reader("gateway", each, transactions, settings, asyncio.Event(), UPCASTS)
            for each in subscriptions(READING, NEXT)
        }
        places = await all_partitions(consumer, readers)
        consumer.assign(places)
        yield consumer, readers, places
