"""The relay: the outbox to Kafka, in order, by one leader per service.

Rows are read in the order of their ids, in windows; a window is sent in one Kafka transaction, awaited and deleted
once it can be read. While it is under way the one before is deleted and the next one is read and built; sent it is only
when its turn comes. A leader that froze and wakes up is fenced: its successor has opened the same transactional id,
and the broker refuses the old producer. Readers read committed records only. Decisions and figures:
docs/decisions/0002 and 0041.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from chassis import errors, faults
from chassis.broker.kafka import discard, make_producer, make_reader_of_all, until_readable
from chassis.ending import end
from chassis.relaying import cluster
from chassis.relaying.leadership import lead
from chassis.relaying.windows import REFUSED_FOR_GOOD, TopicGoneError, Window, build, deliver, watch_topics
from chassis.seeing.metrics import Metrics
from chassis.settings import Settings
from chassis.storage import outbox
from chassis.storage.database import Connection, Pool

log = structlog.get_logger(__name__)
ResultT = TypeVar("ResultT")

COALESCE_SECONDS = 0.01
TOPIC_LOOK_SECONDS = 2.0
TOPIC_ABSENT_SECONDS = 30.0
"""How long a topic's rows are left alone when it is not there."""

FEW = 50
"""So many rows are sent at once where some of a larger window were refused; where these are, they go one by one."""


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
        self._careful = self._alone = 0
        """How many rows to come are sent few at once, or one by one: one of them is likely to be refused."""
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
        """Send windows until one is refused, or until the service stops and nothing is left.

        A window is deleted before the next one's is asked how it fared, so rows are deleted in their order, too.
        """
        ahead: Window | None = None
        sent: Sequence[int] = []
        while True:
            self._beat()
            window, ahead = ahead or await self._read(connection, producer, sent), None
            if window.ids:
                shipping = asyncio.create_task(self._ship(producer, reader, window))
                try:
                    await self._delete(connection, sent)
                    if window.full:
                        ahead = await self._read(connection, producer, window.ids)
                    if not await self._shipped(connection, producer, shipping, window):
                        return
                finally:
                    await end([shipping])
                sent = window.ids
                continue
            await self._delete(connection, sent)
            sent = []
            self._careful = self._alone = 0
            if self._stopping.is_set():
                return
            await _wait(self._wake, self._settings.relay_poll)

    async def _read(self, connection: Connection, producer: AIOKafkaProducer, in_hand: Sequence[int]) -> Window:
        """Read the next window behind the rows ``in_hand``, which are on their way already; empty where there is none.

        Rows of topics that are not there are left out: they wait, everything else goes on.
        """
        while True:
            self._wake.clear()
            most = self._most()
            rows = await outbox.window(connection, most, without=self._absent_topics(), in_hand=in_hand)
            if not rows:
                return Window()
            if partitions := await self._partitions(connection, producer, {row["topic"] for row in rows}):
                return await build(producer, rows, partitions, full=len(rows) == most)

    def _most(self) -> int:
        """Tell how many rows the next window may have."""
        if self._alone:
            return 1
        return min(FEW, self._settings.relay_window) if self._careful else self._settings.relay_window

    async def _ship(self, producer: AIOKafkaProducer, reader: AIOKafkaConsumer, window: Window) -> None:
        """Send a window and wait until it can be read. Raises what it is refused with."""
        faults.reached(f"{self._service}.relay.read")
        if window.refused is not None:
            raise window.refused
        last = await self._transmit(producer, window)
        await until_readable(reader, last, seconds=self._settings.visible_within)

    async def _shipped(
        self, connection: Connection, producer: AIOKafkaProducer, shipping: Awaitable[None], window: Window
    ) -> bool:
        """Wait for a window. False where it was refused: a row alone goes aside, others are tried in smaller ones.

        False as well where one of its topics has been deleted: aiokafka would try for ever, and hold up all others.
        """
        try:
            await self._patiently(connection, shipping, watch_topics(producer, window))
        except TopicGoneError as error:
            log.critical("topic is gone; the window is sent anew without it", topic=str(error))
            return False
        except REFUSED_FOR_GOOD as error:
            await self._refused(connection, window, error)
            return False
        window.told()
        self._metrics.window_records.observe(len(window.ids))
        self._metrics.window_seconds.observe(time.monotonic() - window.begun)
        self._careful, self._alone = (max(0, left - len(window.ids)) for left in (self._careful, self._alone))
        faults.reached(f"{self._service}.relay.sent")
        return True

    async def _refused(self, connection: Connection, window: Window, error: Exception) -> None:
        if len(window.ids) > FEW:
            self._careful = len(window.ids)
        elif len(window.ids) > 1:
            self._alone = len(window.ids)
        else:
            [row] = window.ids
            await outbox.put_aside(connection, row, errors.name(error))
            told = {"topic": window.topic, "subject": window.subject, "error": errors.name(error)}
            log.critical("row put aside", row=row, **told)

    async def _delete(self, connection: Connection, sent: Sequence[int]) -> None:
        """Delete rows that Kafka has."""
        if sent:
            await outbox.sent(connection, sent, self._state_topics)

    def _open(self) -> AIOKafkaProducer:
        return make_producer(
            self._settings, client_id=f"{self._service}-relay", transactional_id=f"{self._service}.outbox"
        )

    async def _transmit(self, producer: AIOKafkaProducer, window: Window) -> Mapping[TopicPartition, int]:
        """Send the rows in order in one Kafka transaction. On any error nothing of it can be read.

        Returns the last offset in each partition.
        """
        await producer.begin_transaction()
        # Awaited before the commit: aiokafka would commit what went well of a window that did not.
        last = await deliver(producer, window)
        await producer.commit_transaction()
        return last

    def _absent_topics(self) -> list[str]:
        now = time.monotonic()
        self._absent = {topic: until for topic, until in self._absent.items() if until > now}
        return list(self._absent)

    async def _partitions(
        self, connection: Connection, producer: AIOKafkaProducer, topics: Collection[str]
    ) -> dict[str, int]:
        """Tell how many partitions the topics have, of those that are there."""
        found = {}
        for topic in topics:
            look = asyncio.wait_for(producer.partitions_for(topic), TOPIC_LOOK_SECONDS)
            try:
                found[topic] = len(await self._patiently(connection, look))
            except (UnknownTopicOrPartitionError, TimeoutError):
                log.critical("topic is not there; its records wait", topic=topic)
                self._absent[topic] = time.monotonic() + TOPIC_ABSENT_SECONDS
        return found

    async def _patiently(
        self, connection: Connection, work: Awaitable[ResultT], look: Callable[[], None] = lambda: None
    ) -> ResultT:
        """Await Kafka and keep the lease meanwhile. A frozen broker never times out: alarm, and give up at last.

        ``look``: raises where there is nothing to wait for any more.
        """
        task = asyncio.ensure_future(work)
        started = time.monotonic()
        try:
            while not (await asyncio.wait({task}, timeout=self._settings.relay_lease / 3))[0]:
                await connection.execute("SELECT 1")
                waited = time.monotonic() - started
                look()
                log.error("Kafka does not answer", seconds=round(waited))
                if waited > self._settings.stuck_after or self._stopping.is_set():
                    raise StuckError
            return task.result()
        finally:
            task.cancel()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
