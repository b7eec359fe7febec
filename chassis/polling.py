"""The consumer under each reader: waits for records instead of asking, and takes none while it is held."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from chassis import errors

log = structlog.get_logger(__name__)

POLL_MS = 1
"""FastStream sleeps for this long after an empty poll; the waiting itself is done in the poll."""
PATIENCE_MS = 1000


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """Waits in its poll until something comes, and remembers when it last polled.

    FastStream sleeps after an empty poll as long as it polled, deaf to what arrives: so it is told to poll shortly
    and this waits longer instead. While it is held it stays in its group and keeps its partitions, but reads nothing.
    """

    def __init__(self, *topics: str, held: Callable[[], bool] = lambda: False, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*topics, **options)
        self._held = held
        self.polled = time.monotonic()

    @property
    def held(self) -> bool:
        """Whether it takes nothing now."""
        return bool(self.paused())

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:  # noqa: ANN401
        """Poll as aiokafka does, for up to a second."""
        self.polled = time.monotonic()
        if self._held():
            self.pause(*self.assignment())  # each time: partitions may have come meanwhile
        elif self.held:
            self.resume(*self.paused())
        patience = PATIENCE_MS if timeout_ms else 0
        try:
            return await super().getmany(*partitions, timeout_ms=patience, max_records=max_records)
        except KafkaError as error:
            # FastStream tries again in five seconds, and says nothing.
            log.error("cannot read", group=self._group_id, error=errors.name(error))  # noqa: TRY400  a text may quote
            raise
