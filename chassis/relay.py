"""The relay: the outbox to Kafka, in order, by one leader per service.

Rows are read in the order of their ids, in windows; a window is sent in one Kafka transaction, awaited and deleted
once it can be read. A leader that froze and wakes up is fenced: its successor has opened the same transactional id,
and the broker refuses the old producer. Readers read committed records only. Decision and figures: docs/decisions/0002.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import TypeVar, cast

import asyncpg
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from chassis import cluster, errors, faults, outbox, tracing
from chassis.database import Connection, Pool
from chassis.ending import end
from chassis.kafka import discard, make_producer, make_reader_of_all, partition_of, until_readable
from chassis.leadership import lead
from chassis.metrics import Metrics
from chassis.settings import Settings

log = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")

COALESCE_SECONDS = 0.01
TOPIC_LOOK_SECONDS = 2.0
TOPIC_ABSENT_SECONDS = 30.0
"""How long a topic's rows are left alone when it is not there."""

REFUSED_FOR_GOOD = (
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    InvalidTopicError,
    PolicyViolationError,
    CorruptRecordException,
)


class StuckError(Exception):
    """The broker has not answered for ``stuck_after`` seconds."""


class Relay:
    """Sends what the outbox holds, while this process leads."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        pool: Pool,
        state_topics: Collection[str] = (),
        metrics: Metrics | None = None,
    ) -> None:
        self._metrics = metrics or Metrics()
        self._service = service
        self._state_topics = sorted(state_topics)
        self._settings = settings
        self._pool = pool
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()
        self._notifying: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._absent: dict[str, float] = {}
        self._alone = 0
        self.leading = False
        self.last_beat = time.monotonic()

    def start(self) -> None:
        """Begin, in a task of its own."""
        self._task = asyncio.create_task(self._run(), name=f"relay {self._service}")

    def published(self) -> None:
        """Hear that a transaction has left rows: wake the leader, here or by a coalesced NOTIFY elsewhere."""
        self._wake.set()
        if not self.leading and (self._notifying is None or self._notifying.done()):
            self._notifying = asyncio.create_task(self._notify())

    async def stop(self) -> None:
        """Send what is left, within ``stop_timeout``, and let another lead."""
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._settings.stop_timeout)
        await end(task for task in (self._task, self._notifying) if task is not None)

    async def _notify(self) -> None:
        await asyncio.sleep(COALESCE_SECONDS)
        try:
            await self._pool.execute("SELECT pg_notify($1, '')", outbox.CHANNEL)
        except errors.DATABASE_ERRORS as error:
            log.warning("relay not notified; it polls", error=errors.name(error))

    async def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat()
            try:
                async with lead(self._service, self._settings, self._stopping, self._beat) as connection:
                    if connection is not None:
                        await self._lead(connection)
            except Exception as error:  # noqa: BLE001  whatever it is: begin again, from what the outbox holds
                log.error("relay gives up the lead", error=errors.name(error), where=errors.where(error))  # noqa: TRY400
                await _wait(self._stopping, self._settings.relay_poll)

    def _beat(self) -> None:
        self.last_beat = time.monotonic()

    async def _lead(self, connection: Connection) -> None:
        """Lead with new producers until something fails that a new producer does not mend, or the service stops."""
        await connection.add_listener(outbox.CHANNEL, lambda *_: self._wake.set())
        self.leading = True
        log.info("relay leads")
        try:
            while not self._stopping.is_set():
                await self._with_producer(connection)
        finally:
            self.leading = False

    async def _with_producer(self, connection: Connection) -> None:
        """Open a producer, which fences every earlier one, and send.

        A refused row costs the producer: aiokafka has counted a sequence number for it that the broker has not.
        """
        producer, reader = self._open(), make_reader_of_all(self._settings)
        try:
            await self._patiently(connection, producer.start())
            await self._patiently(connection, reader.start())
            found = await self._patiently(connection, cluster.cluster_id(self._settings))
            await cluster.recognise(connection, found, tells_state=bool(self._state_topics))
            await self._send_all(connection, producer, reader)
        finally:
            await asyncio.gather(discard(producer), reader.stop(), return_exceptions=True)

    async def _send_all(self, connection: Connection, producer: AIOKafkaProducer, reader: AIOKafkaConsumer) -> None:
        """Send windows until a row is refused, or until the service stops and nothing is left."""
        while True:
            self._beat()
            self._wake.clear()
            size = 1 if self._alone else self._settings.relay_window
            rows = await outbox.window(connection, size, without=self._absent_topics())
            if rows and (sendable := await self._present(connection, producer, rows)):
                if not await self._send_window(connection, producer, reader, sendable):
                    return
            elif not rows:
                self._alone = 0
                if self._stopping.is_set():
                    return
                await _wait(self._wake, self._settings.relay_poll)

    async def _send_window(
        self,
        connection: Connection,
        producer: AIOKafkaProducer,
        reader: AIOKafkaConsumer,
        rows: Sequence[asyncpg.Record],
    ) -> bool:
        """Send the rows and delete them. False where one was refused: alone it goes aside, else all are tried alone."""
        faults.reached(f"{self._service}.relay.read")
        begun = time.monotonic()
        spans = [_span(row) for row in rows] if tracing.on() else []
        try:
            last = await self._patiently(connection, self._transmit(producer, _continued(rows, spans)))
            await self._patiently(connection, until_readable(reader, last, seconds=self._settings.visible_within))
        except REFUSED_FOR_GOOD as error:
            if len(rows) == 1:
                await outbox.put_aside(connection, rows[0]["id"], errors.name(error))
                log.critical(
                    "row put aside",
                    row=rows[0]["id"],
                    topic=rows[0]["topic"],
                    subject=rows[0]["subject"],
                    error=errors.name(error),
                )
            else:
                self._alone = len(rows)
            return False
        for span in spans:
            span.tell()
        self._metrics.window_records.observe(len(rows))
        self._metrics.window_seconds.observe(time.monotonic() - begun)
        faults.reached(f"{self._service}.relay.sent")
        await outbox.sent(connection, [row["id"] for row in rows], self._state_topics)
        self._alone = max(0, self._alone - 1)
        return True

    def _open(self) -> AIOKafkaProducer:
        return make_producer(
            self._settings, client_id=f"{self._service}-relay", transactional_id=f"{self._service}.outbox"
        )

    async def _transmit(
        self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
    ) -> Mapping[TopicPartition, int]:
        """Send the rows in order in one Kafka transaction. On any error nothing of it can be read.

        Returns the last offset in each partition.
        """
        counts = {topic: len(await producer.partitions_for(topic)) for topic in {row["topic"] for row in rows}}
        await producer.begin_transaction()
        sent = [
            await producer.send(
                row["topic"],
                row["value"],
                key=row["key"].encode(),
                partition=partition_of(row["partition_key"] or row["key"], counts[row["topic"]]),
                headers=outbox.headers_from_json(row["headers"]),
            )
            for row in rows
        ]
        # Awaited before the commit: aiokafka would commit what went well of a window that did not.
        last: dict[TopicPartition, int] = {}
        for result in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
            last[result.topic_partition] = max(result.offset, last.get(result.topic_partition, -1))
        await producer.commit_transaction()
        return last

    def _absent_topics(self) -> list[str]:
        now = time.monotonic()
        self._absent = {topic: until for topic, until in self._absent.items() if until > now}
        return list(self._absent)

    async def _present(
        self, connection: Connection, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]
    ) -> list[asyncpg.Record]:
        """Leave out rows of topics that are not there: they wait, everything else goes on."""
        for topic in {row["topic"] for row in rows}:
            try:
                await self._patiently(connection, asyncio.wait_for(producer.partitions_for(topic), TOPIC_LOOK_SECONDS))
            except (UnknownTopicOrPartitionError, TimeoutError):
                log.critical("topic is not there; its records wait", topic=topic)
                self._absent[topic] = time.monotonic() + TOPIC_ABSENT_SECONDS
        return [row for row in rows if row["topic"] not in self._absent]

    async def _patiently(self, connection: Connection, work: Awaitable[ResultT]) -> ResultT:
        """Await Kafka and keep the lease meanwhile. A frozen broker never times out: alarm, and give up at last."""
        task = asyncio.ensure_future(work)
        started = time.monotonic()
        try:
            while not (await asyncio.wait({task}, timeout=self._settings.relay_lease / 3))[0]:
                await connection.execute("SELECT 1")
                waited = time.monotonic() - started
                log.error("Kafka does not answer", seconds=round(waited))
                if waited > self._settings.stuck_after or self._stopping.is_set():
                    raise StuckError
            return task.result()
        finally:
            task.cancel()


def _span(row: asyncpg.Record) -> tracing.Span:
    headers = row["headers"]
    return tracing.sending(row["topic"], headers["ce_type"], headers.get("ce_traceparent"), row["created_at"])


def _continued(rows: Sequence[asyncpg.Record], spans: Sequence[tracing.Span]) -> Sequence[asyncpg.Record]:
    """Have readers continue the span of each row's sending; without spans the rows stay as they are."""
    if not spans:
        return rows
    continued = [
        {**row, "headers": row["headers"] | {"ce_traceparent": span.traceparent}}
        for row, span in zip(rows, spans, strict=True)
    ]
    return cast("Sequence[asyncpg.Record]", continued)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
