"""Sends commands. A producer that timed out is given up: it may be stuck for good, and its record may still arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import structlog
from aiokafka.errors import KafkaError

from contracts.envelope import Envelope

log = structlog.get_logger(__name__)

SEND_SECONDS = 5.0
CONNECT_SECONDS = 4.0


class BrokerUnavailableError(Exception):
    """The command could not be handed over for certain. Sending it again under the same id is safe."""


class Producer(Protocol):
    """What the chassis' CommandProducer does."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def send(self, topic: str, key: str, envelope: Envelope, value: bytes | None) -> None:
        """Send, and return once the broker has it."""


class Publisher:
    """Connects when it first has something to send, and again after it has failed."""

    def __init__(self, make: Callable[[], Producer]) -> None:
        self._make = make
        self._producer: Producer | None = None
        self._connecting = asyncio.Lock()
        self._given_up: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, key: str, envelope: Envelope, value: bytes) -> None:
        """Send one record. Raises BrokerUnavailableError."""
        producer = await self._connected()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await producer.send(topic, key, envelope, value)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("command_not_sent", command_id=envelope.id, type=envelope.type, error=type(error).__name__)
            self._give_up(producer)
            raise BrokerUnavailableError from error

    async def connect(self) -> None:
        """Connect ahead of the first command; no broker is no reason to fail here."""
        with suppress(BrokerUnavailableError):
            await self._connected()

    async def close(self) -> None:
        """Send what is under way and disconnect."""
        if self._producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self._producer.stop()
            self._producer = None
        for task in list(self._given_up):
            task.cancel()

    async def _connected(self) -> Producer:
        async with self._connecting:
            if self._producer is None:
                producer = self._make()
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await producer.start()
                except (KafkaError, OSError, TimeoutError) as error:
                    log.warning("broker_unreachable", error=type(error).__name__)
                    self._stop_later(producer)
                    raise BrokerUnavailableError from error
                self._producer = producer
            return self._producer

    def _give_up(self, producer: Producer) -> None:
        if self._producer is producer:
            self._producer = None
            self._stop_later(producer)

    def _stop_later(self, producer: Producer) -> None:
        task = asyncio.create_task(_stop(producer))
        self._given_up.add(task)
        task.add_done_callback(self._given_up.discard)


async def _stop(producer: Producer) -> None:
    with suppress(KafkaError, OSError, TimeoutError):
        await producer.stop()
