"""Sends commands, within bounds: a page waits for a broker for a few seconds and no longer."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog
from aiokafka.errors import KafkaError

from chassis import faults
from contracts.envelope import Envelope

log = structlog.get_logger(__name__)

SEND_SECONDS = 5.0
CONNECT_SECONDS = 4.0


class BrokerUnavailableError(Exception):
    """The command could not be handed over for certain. Sending it again under the same id is safe."""


class Producer(Protocol):
    """What the chassis' CommandProducer does: connects when needed, and again where it may be stuck."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def send(self, topic: str, key: str, envelope: Envelope, value: bytes | None) -> None:
        """Send, and return once the broker has it."""


class Publisher:
    """``send_seconds``: how long one command may take to be handed over, connecting included."""

    def __init__(self, producer: Producer, *, send_seconds: float = SEND_SECONDS) -> None:
        self._producer = producer
        self._send_seconds = send_seconds

    async def publish(self, topic: str, key: str, envelope: Envelope, value: bytes) -> None:
        """Send one record. Raises BrokerUnavailableError."""
        try:
            async with asyncio.timeout(self._send_seconds):
                await self._producer.send(topic, key, envelope, value)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("command_not_sent", command_id=envelope.id, type=envelope.type, error=type(error).__name__)
            raise BrokerUnavailableError from error
        faults.reached("gateway.command.sent")

    async def connect(self) -> None:
        """Connect ahead of the first command. No broker is no reason to fail: pages are served without."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("broker_unreachable", error=type(error).__name__)

    async def close(self) -> None:
        """Send what is under way and disconnect."""
        await self._producer.stop()
