"""A producer for those who send without a transaction of their own: commands from people."""

from __future__ import annotations

from typing import Self

from chassis.kafka import make_producer, partition_of
from chassis.settings import Settings
from contracts.envelope import Envelope, encode_headers


class CommandProducer:
    """Sends one record at a time and waits for the broker's acknowledgement. Idempotent, ``acks=all``."""

    def __init__(self, settings: Settings, *, client_id: str = "commands") -> None:
        self._producer = make_producer(settings, client_id=client_id)

    async def start(self) -> None:
        """Connect. Raises aiokafka's KafkaConnectionError where no broker answers."""
        await self._producer.start()

    async def stop(self) -> None:
        """Send what is under way and disconnect."""
        await self._producer.stop()

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
        partitions = await self._producer.partitions_for(topic)
        await self._producer.send_and_wait(
            topic,
            value,
            key=key.encode(),
            partition=partition_of(envelope.partition_key or key, len(partitions)),
            headers=encode_headers(envelope),
        )
