"""The consumer under each reader: waits for records instead of asking, and takes of each partition its share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from chassis import errors

log = structlog.get_logger(__name__)

POLL_MS = 1
"""FastStream sleeps for this long after an empty poll; the waiting itself is done in the poll."""
PATIENCE_MS = 1000


class Pace(Protocol):
    """How a group is to take now."""

    @property
    def wait(self) -> float:
        """Tell the seconds until the next taking."""

    @property
    def most(self) -> int:
        """Tell how many records it brings at most."""


class PatientConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka ships no types
    """Waits in its poll until something comes, and remembers when it last polled. A stream is taken in larger parts.

    FastStream sleeps after an empty poll as long as it polled, deaf to what arrives: so it is told to poll shortly
    and this waits longer instead. While it is held it stays in its group and keeps its partitions, but reads nothing.

    pace: how a group takes; without it as much as there is, as soon as it is there. aiokafka gives one partition's
    before it looks at the next: of a partition with much to read that is a megabyte, and the others would wait for it.
    Here each has its share.
    """

    def __init__(
        self,
        *topics: str,
        held: Callable[[], bool] = lambda: False,
        pace: Callable[[str], Pace] | None = None,
        **options: Any,  # noqa: ANN401  aiokafka's
    ) -> None:
        super().__init__(*topics, **options)
        self._held = held
        self._pace = pace
        self._turn = 0
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
        pace = None if self._pace is None else self._pace(self._group_id)
        if patience and pace is not None and (wait := pace.wait):
            await asyncio.sleep(wait)
        try:
            if pace is None or partitions or max_records is None:
                return await super().getmany(*partitions, timeout_ms=patience, max_records=max_records)
            return await self._shared(patience, min(max_records, pace.most))
        except KafkaError as error:
            # FastStream tries again in five seconds, and says nothing.
            log.error("cannot read", group=self._group_id, error=errors.name(error))  # noqa: TRY400  a text may quote
            raise

    async def _shared(self, patience: int, most: int) -> dict[Any, list[Any]]:
        """Take of each partition its share of ``most``, and then what the others have left of it."""
        assigned = sorted(self.assignment())
        share = max(1, most // max(1, len(assigned)))
        taken: dict[Any, list[Any]] = dict(await super().getmany(timeout_ms=patience, max_records=min(share, most)))
        if not taken:
            return taken
        # The first to have something is another one each time: it would be the only one where the appetite is small.
        assigned = assigned[self._turn % len(assigned) :] + assigned[: self._turn % len(assigned)] if assigned else []
        self._turn += 1
        return await self._filled(taken, assigned, share, most)

    async def _filled(
        self, taken: dict[Any, list[Any]], assigned: list[Any], share: int, most: int
    ) -> dict[Any, list[Any]]:
        """Take of the others their shares, and then what there is room for."""
        for each, limit in [(one, share) for one in assigned if one not in taken] + [(one, most) for one in assigned]:
            left = most - sum(len(records) for records in taken.values())
            if left <= 0:
                break
            try:
                more = await super().getmany(each, timeout_ms=0, max_records=min(limit, left))
            except KafkaError:
                break  # of what was taken none may be lost; the error comes again with the next poll
            for partition, records in more.items():
                taken.setdefault(partition, []).extend(records)
        return taken
