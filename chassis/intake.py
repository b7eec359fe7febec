"""From Kafka to the readers, by FastStream: a batch subscriber a topic, acknowledged after the batch's last commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from chassis import errors, faults
from chassis.consumer import Reader, StoppingError
from chassis.kafka import connection_options
from chassis.settings import Settings
from chassis.subscriptions import Record

log = structlog.get_logger(__name__)
Raw = tuple[ConsumerRecord, ...]

POLL_MS = 1
"""FastStream sleeps for this long after an empty poll; the waiting itself is done in the poll."""
PATIENCE_MS = 1000
PROBE_SECONDS = 5.0

ACK_FIRST = "ack-first"
"""The switch by which a rig shows that it would see the loss: see ``chassis.faults``."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """Waits in its poll until something comes, and remembers when it last polled.

    FastStream sleeps after an empty poll as long as it polled, deaf to what arrives: so it is told to poll shortly
    and this waits longer instead.
    """

    polled = 0.0

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:  # noqa: ANN401
        """Poll as aiokafka does, for up to a second."""
        self.polled = time.monotonic()
        patience = PATIENCE_MS if timeout_ms else 0
        return await super().getmany(*partitions, timeout_ms=patience, max_records=max_records)


class Intake:
    """The consumers of a service, started and stopped together."""

    def __init__(self, service: str, settings: Settings, readers: Sequence[Reader]) -> None:
        self._settings = settings
        self._readers = readers
        self._watch: asyncio.Task[None] | None = None
        self._still: dict[str, tuple[dict[Any, int], float]] = {}
        self._away: set[str] = set()
        self.started = False
        self._broker = KafkaBroker(
            **connection_options(settings),
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
            session_timeout_ms=round(self._settings.session_timeout * 1000),
            heartbeat_interval_ms=round(self._settings.session_timeout * 1000 / 5),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            no_reply=True,
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
        config.builder = partial(PatientConsumer, **made.keywords)
        await asyncio.gather(*(subscriber.start() for subscriber in self._subscribers))
        self.started = True
        self._watch = asyncio.create_task(self._keep_probing(), name="consumer watch")

    async def stop(self) -> None:
        """Finish the batches in hand, commit their offsets and leave the groups."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await asyncio.gather(*(subscriber.stop() for subscriber in self._subscribers))
        await self._broker.stop()
        self.started = False

    def stuck(self) -> list[str]:
        """Name the groups whose consumer has got nowhere for ``stuck_after`` seconds though there is work."""
        pairs = zip(self._subscribers, self._readers, strict=True)
        longest = self._settings.stuck_after
        return [reader.group for subscriber, reader in pairs if self._silence(subscriber.consumer, reader) > longest]

    def _silence(self, consumer: Any, reader: Reader) -> float:  # noqa: ANN401  aiokafka ships no types
        """Seconds without progress though there could be some. While the broker is away there could not."""
        now = time.monotonic()
        if reader.progress.busy:
            return reader.progress.idle_for
        if consumer is None or reader.group in self._away:
            return 0
        polled = getattr(consumer, "polled", 0.0) or now
        since = self._still.get(reader.group, ({}, now))[1]
        return max(now - polled, now - since)

    async def probe(self) -> None:
        """Compare each consumer's position with its topic's end.

        A consumer may stay stuck once a broker was restarted (aiokafka 1154): behind, idle, and not moving.
        """
        for subscriber, reader in zip(self._subscribers, self._readers, strict=True):
            await self._look(subscriber.consumer, reader)

    async def _keep_probing(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                await self.probe()
            except Exception as error:  # noqa: BLE001  looking must go on
                log.warning("consumers not looked at", error=errors.name(error), where=errors.where(error))

    async def _look(self, consumer: AIOKafkaConsumer | None, reader: Reader) -> None:
        if consumer is None or reader.progress.busy:
            self._still.pop(reader.group, None)
            return
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await consumer.topics()
                ends = await consumer.end_offsets(consumer.assignment())
                positions = {partition: await consumer.position(partition) for partition in ends}
        except (KafkaError, TimeoutError, ValueError, AssertionError):
            self._away.add(reader.group)  # a restart of ours would not bring the broker back
            return
        self._away.discard(reader.group)
        known = self._still.get(reader.group)
        if all(positions[partition] >= end for partition, end in ends.items()):
            self._still.pop(reader.group, None)
        elif known is None or known[0] != positions:
            self._still[reader.group] = (positions, time.monotonic())


def _handler(reader: Reader, subscriber: Any) -> Callable[[Raw], Awaitable[None]]:  # noqa: ANN401  see _subscribe
    async def handle(batch: Raw) -> None:
        acknowledged = faults.switched_on(ACK_FIRST)
        if acknowledged:
            await subscriber.consumer.commit()
        try:
            await reader.handle([to_record(record) for record in batch])
        except StoppingError:
            raise
        except Exception as error:
            # Not acknowledged, so it comes again at once: told, and not at full speed.
            log.critical("batch failed", reader=reader.group, error=errors.name(error), where=errors.where(error))
            await asyncio.sleep(1)
            if not acknowledged:
                raise

    return handle


def to_record(raw: ConsumerRecord) -> Record:
    """Take what we need of aiokafka's record."""
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, tuple(raw.headers), raw.value)


async def _parse(batch: Raw, original: Callable[[Raw], Awaitable[StreamMessage[Raw]]]) -> StreamMessage[Raw]:
    """Have FastStream make its message without headers: one that is not UTF-8 would make it drop the batch."""
    message = await original(tuple(replace(record, headers=(), value=b"") for record in batch))
    message.raw_message = batch
    return message


async def _decode(message: StreamMessage[Raw]) -> Raw:
    return message.raw_message


def groups(readers: Iterable[Reader]) -> dict[str, Reader]:
    """Index readers by consumer group."""
    return {reader.group: reader for reader in readers}
