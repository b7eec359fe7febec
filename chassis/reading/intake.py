"""From Kafka to the readers, by FastStream: a batch subscriber a topic, acknowledged after a batch's last commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from chassis import errors, faults
from chassis.broker.kafka import faststream_options
from chassis.ending import end
from chassis.reading import headers
from chassis.reading.consumer import Reader, StoppingError
from chassis.reading.consumer_watch import ConsumerWatch
from chassis.reading.polling import POLL_MS, PatientConsumer
from chassis.reading.subscriptions import Record
from chassis.settings import Settings

log = structlog.get_logger(__name__)
Raw = tuple[ConsumerRecord, ...]

FETCH_BYTES = 8 * 1024 * 1024
"""Most that one answer of a broker brings, but for a single larger record: what a batch takes in memory."""
PARTITION_BYTES = 1024 * 1024
IDLE_WAIT = 2.0
"""Seconds for which a broker keeps its answer to a reader that has got nothing for a while."""
LOOK_MS = 1000
"""How often aiokafka looks for itself whether there is something to ask for; whatever makes it so wakes it at once."""
GRACE_SECONDS = 5.0
"""How much longer than a batch in hand the stopping of its consumer may take."""

ACK_FIRST = "ack-first"
"""The switch by which a rig shows that it would see the loss: see ``chassis.faults``."""


class Intake:
    """The consumers of a service, started and stopped together.

    held: asked before each poll whether to take nothing for now.
    """

    def __init__(
        self, service: str, settings: Settings, readers: Sequence[Reader], held: Callable[[], bool] = lambda: False
    ) -> None:
        self._settings = settings
        self._readers = readers
        self._held = held
        self._watching: asyncio.Task[None] | None = None
        self._watches = [ConsumerWatch(settings, reader) for reader in readers]
        self.started = False
        headers.tolerate()
        self._broker = KafkaBroker(
            **faststream_options(settings),
            client_id=service,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=settings.stop_timeout,
            logger=None,
        )
        self._subscribers = [self._subscribe(reader) for reader in readers]

    def _subscribe(self, reader: Reader) -> Any:  # noqa: ANN401  FastStream names no public type for it
        subscriber: Any = self._broker.subscriber(
            reader.subscription.topic,
            batch=True,
            group_id=reader.group,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_records=self._settings.batch_records,
            batch_timeout_ms=POLL_MS,
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=PARTITION_BYTES,
            session_timeout_ms=round(self._settings.session_timeout * 1000),
            heartbeat_interval_ms=round(self._settings.session_timeout * 1000 / 5),
            consumer_timeout_ms=LOOK_MS,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            listener=Leaving(lambda: subscriber.consumer),
            parser=_parse,
            decoder=_decode,
        )
        subscriber(_handler(reader, subscriber))
        return subscriber

    async def start(self) -> None:
        """Join the groups, all at once; returns when each has its partitions."""
        await self._broker.connect()
        config = self._broker.config.broker_config
        made = cast("partial[AIOKafkaConsumer]", config.builder)
        # A look at a consumer (``ConsumerWatch``) stands behind what its connection waits for.
        idle = min(IDLE_WAIT, self._settings.stuck_after / 16)
        config.builder = partial(
            PatientConsumer, held=self._held, pace=self._reader, idle_wait_ms=round(1000 * idle), **made.keywords
        )
        await asyncio.gather(*(subscriber.start() for subscriber in self._subscribers))
        for watch in self._watches:
            watch.begin()
        self.started = True
        self._watching = asyncio.create_task(self._keep_probing(), name="consumer watch")

    async def stop(self) -> None:
        """Finish the batches in hand, commit their offsets and leave the groups; give up on those that hang."""
        if self._watching is not None:
            await end([self._watching])
        stops = [asyncio.create_task(subscriber.stop()) for subscriber in self._subscribers]
        if stops:
            _, hanging = await asyncio.wait(stops, timeout=self._settings.stop_timeout + GRACE_SECONDS)
            for _ in hanging:
                log.error("a consumer does not stop")
            await end(stops)
        await self._broker.stop()
        self.started = False

    def stuck(self) -> list[str]:
        """Name the groups whose consumer has got nowhere for ``stuck_after`` seconds though it could have."""
        return [watch.reader.group for watch in self._watches if watch.silence() > self._settings.stuck_after]

    async def lag(self) -> dict[tuple[str, ...], float]:
        """Count records behind the end of each partition: by group, topic and partition. Asks the broker nothing."""
        found: dict[tuple[str, ...], float] = {}
        for subscriber, watch in zip(self._subscribers, self._watches, strict=True):
            consumer = subscriber.consumer
            for place in sorted(consumer.assignment()) if consumer is not None else ():
                with suppress(KafkaError, AssertionError):  # it is another's meanwhile
                    read = consumer.highwater(place)  # as told with the records that were last read
                    if read is not None:
                        # Who does not get on reads no more: the last look knows better.
                        behind = max(0, max(read, watch.ends.get(place, 0)) - await consumer.position(place))
                        found[watch.reader.group, place.topic, str(place.partition)] = behind
        return found

    async def probe(self) -> None:
        """Look whether each consumer gets on."""
        pairs = zip(self._subscribers, self._watches, strict=True)
        await asyncio.gather(*(watch.look(subscriber.consumer) for subscriber, watch in pairs))

    def _reader(self, group: str) -> Reader:
        return next(reader for reader in self._readers if reader.group == group)

    async def _keep_probing(self) -> None:
        while True:
            await asyncio.sleep(self._settings.look_every)
            try:
                await self.probe()
            except Exception as error:  # noqa: BLE001  looking must go on
                log.warning("consumers not looked at", error=errors.name(error), where=errors.where(error))


def _handler(reader: Reader, subscriber: Any) -> Callable[[Raw], Awaitable[None]]:  # noqa: ANN401  see _subscribe
    async def handle(batch: Raw) -> None:
        consumer: PatientConsumer = subscriber.consumer
        acknowledged = faults.switched_on(ACK_FIRST)
        if acknowledged:
            await consumer.commit()
        try:
            await reader.handle([to_record(record) for record in batch])
        except StoppingError:
            consumer.take_again()
        except Exception as error:  # noqa: BLE001  whatever it is, the batch comes again
            # At once, so it is told, and not at full speed.
            log.critical("batch failed", reader=reader.group, error=errors.name(error), where=errors.where(error))
            await asyncio.sleep(1)
            if not acknowledged:
                consumer.take_again()
        else:
            consumer.acknowledge()

    return handle


class Leaving(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Has a consumer acknowledge what it has handled before its partitions go to others."""

    def __init__(self, consumer: Callable[[], PatientConsumer | None]) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Hear of it before the group is joined anew."""
        if revoked and (consumer := self._consumer()) is not None:
            await consumer.leave()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Do nothing: positions are where the last reader left off."""


def to_record(raw: ConsumerRecord) -> Record:
    """Take what we need of aiokafka's record."""
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, tuple(raw.headers), raw.value)


async def _parse(batch: Raw, original: Callable[[Raw], Awaitable[StreamMessage[Raw]]]) -> StreamMessage[Raw]:
    """Have FastStream make its message without headers: one that is not UTF-8 would make it drop the batch.

    It names the batch by its first and its last record, and looks at no other since we decode them ourselves.
    """
    ends = (batch[0], batch[-1])
    message = await original(tuple(replace(record, headers=(), value=b"") for record in ends))
    message.raw_message = batch
    return message


async def _decode(message: StreamMessage[Raw]) -> Raw:
    return message.raw_message


def groups(readers: Iterable[Reader]) -> dict[str, Reader]:
    """Index readers by consumer group."""
    return {reader.group: reader for reader in readers}
