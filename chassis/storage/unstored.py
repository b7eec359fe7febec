"""What a service without an outbox would do, for a rig that has to show that it sees the loss."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from chassis import errors, faults
from chassis.settings import Settings
from chassis.storage.outbox import Outgoing

log = structlog.get_logger(__name__)

NO_OUTBOX = "no-outbox"
"""The switch. It works in an embedded stack only: see ``chassis.faults``."""


def switched_on() -> bool:
    """Tell whether records are not to be stored now."""
    return faults.switched_on(NO_OUTBOX)


class Unstored:
    """Sends records once their transaction has committed, and forgets them: whatever fails here is lost."""

    def __init__(self, service: str, settings: Settings) -> None:
        from chassis.broker.producer import CommandProducer  # noqa: PLC0415 - a rig's only, and long to load

        self._service = service
        self._producer = CommandProducer(settings, client_id=f"{service}-unstored")
        self._sending: set[asyncio.Task[None]] = set()

    def send(self, records: Sequence[Outgoing]) -> None:
        """Send in the background, one after the other."""
        task = asyncio.create_task(self._send(records))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, records: Sequence[Outgoing]) -> None:
        from aiokafka.errors import KafkaError  # noqa: PLC0415 - as above

        # The relay's places, so that one fault tries both ways.
        try:
            faults.reached(f"{self._service}.relay.read")
            for record in records:
                await self._producer.send(record.topic, record.key, record.envelope, record.value)
            faults.reached(f"{self._service}.relay.sent")
        except (KafkaError, OSError, faults.InjectedError) as error:
            log.error("records lost", records=len(records), error=errors.name(error))  # noqa: TRY400

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in self._sending:
            task.cancel()
        await self._producer.stop()
