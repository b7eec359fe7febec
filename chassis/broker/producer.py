"""A producer for those who send without a transaction of their own: commands from people."""

from __future__ import annotations

import asyncio
import time
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from chassis.broker.kafka import discard, make_producer, partition_of
from chassis.settings import Settings
from contracts.envelope import Envelope, encode_headers

RENEW_AFTER = 2.0
"""A send given up after so many seconds costs the producer: it may be stuck since a broker was away (aiokafka 1017)."""


class CommandProducer:
    """Sends one record at a time and waits for the broker's acknowledgement. Idempotent, ``acks=all``.

    May be used by many tasks at once.
    """

    def __init__(self, settings: Settings, *, client_id: str = "commands") -> None:
        self._settings = settings
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._opening = asyncio.Lock()

    async def start(self) -> None:
        """Connect. Raises aiokafka's KafkaConnectionError where no broker answers."""
        await self._open()

    async def stop(self) -> None:
        """Send what is under way, for a bounded time, and disconnect."""
        self._give_up(self._producer)
        if self._closing:
            await asyncio.wait(self._closing)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.stop()

    async def send(self, topic: str, key: str, envelope: Envelope, value: bytes | None) -> None:
        """Send, and return once the broker has it on all in-sync replicas.

        The caller bounds the wait (``asyncio.timeout``): against a silent broker this does not end. After a
        time-out the record may still arrive; send the same id again, readers know a repeat.
        """
        started = time.monotonic()
        producer = await self._open()
        try:
            partitions = await producer.partitions_for(topic)
            await producer.send_and_wait(
                topic,
                value,
                key=key.encode(),
                partition=partition_of(envelope.partition_key or key, len(partitions)),
                headers=encode_headers(envelope),
            )
        except KafkaError:
            self._give_up(producer)
            raise
        except asyncio.CancelledError:
            if time.monotonic() - started > RENEW_AFTER:
                self._give_up(producer)
            raise

    async def _open(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = make_producer(self._settings, client_id=self._client_id)
                try:
                    await producer.start()
                except BaseException:
                    self._give_up(producer)
                    raise
                self._producer = producer
            return self._producer

    def _give_up(self, producer: AIOKafkaProducer | None) -> None:
        """Close a producer in the background; the next send opens another."""
        if producer is None:
            return
        if self._producer is producer:
            self._producer = None
        task = asyncio.create_task(discard(producer, seconds=10))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
