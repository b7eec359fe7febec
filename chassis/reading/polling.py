"""The consumer under each reader: waits for records instead of asking, and takes of each partition its share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from chassis import errors
from chassis.reading.acknowledging import Acknowledgements

log = structlog.get_logger(__name__)

POLL_MS = 1
"""FastStream sleeps for this long after an empty poll; the waiting itself is done in the poll."""
PATIENCE_MS = 1000
IDLE_SECONDS = 5.0
"""Who has got nothing for so long asks less often. It gets what comes as soon: an answer waits for records, and for no
longer than that. But whoever has much of one partition to handle while another has nothing may wait for an answer
about the other; so not while records come."""
LEAVE_SECONDS = 3.0
"""How long a broker is waited for that does not take what was handled, by whoever leaves his partitions."""


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

    idle_wait_ms: for how long the broker may keep an answer to somebody who has got nothing for a while.
    pace: how a group takes; without it as much as there is, as soon as it is there. aiokafka gives one partition's
    before it looks at the next: of a partition with much to read that is a megabyte, and the others would wait for it.
    Here each has its share.
    """

    def __init__(
        self,
        *topics: str,
        held: Callable[[], bool] = lambda: False,
        pace: Callable[[str], Pace] | None = None,
        idle_wait_ms: int = 0,
        **options: Any,  # noqa: ANN401  aiokafka's
    ) -> None:
        super().__init__(*topics, **options)
        self._held = held
        self._pace = pace
        self._idle_wait_ms = max(idle_wait_ms, self._fetch_max_wait_ms)
        self._came = time.monotonic()
        self._turn = 0
        self._acknowledgements = Acknowledgements(self._commit_those)
        self._begun: dict[TopicPartition, int] = {}
        self._taken: dict[TopicPartition, int] = {}
        """Of what was taken last: its first offsets, and the positions behind it."""
        self.polled = time.monotonic()

    @property
    def held(self) -> bool:
        """Whether it takes nothing now."""
        return bool(self.paused())

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:  # noqa: ANN401
        """Poll as aiokafka does, for up to a second."""
        self.polled = time.monotonic()
        self._ask_for(self._idle_wait_ms if self.polled - self._came > IDLE_SECONDS else self._fetch_max_wait_ms)
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
            return await self._noted(await self._shared(patience, min(max_records, pace.most)))
        except KafkaError as error:
            # FastStream tries again in five seconds, and says nothing.
            log.error("cannot read", group=self._group_id, error=errors.name(error))  # noqa: TRY400  a text may quote
            raise

    def acknowledge(self) -> None:
        """Hear that what was taken last has been handled: the broker will be told soon."""
        self._acknowledgements.handled(self._taken)
        self._taken = {}

    def take_again(self) -> None:
        """Hear that what was taken last has not been handled: it comes again with the next poll."""
        for place, offset in self._begun.items():
            with suppress(IllegalStateError):  # it is another's meanwhile
                self.seek(place, offset)
        self._begun, self._taken = {}, {}

    async def leave(self) -> None:
        """Tell the broker what has been handled: the partitions go. What is in hand is not acknowledged any more."""
        self._begun, self._taken = {}, {}
        await self._acknowledgements.leave(LEAVE_SECONDS)

    async def stop(self) -> None:
        """Stop, once the broker knows what has been handled."""
        await self.leave()
        await super().stop()

    async def _noted(self, taken: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
        """Remember where what was taken begins, and the positions behind it: they count the markers, too."""
        self._begun = {place: records[0].offset for place, records in taken.items()}
        self._taken = {}
        for place in taken:
            with suppress(IllegalStateError):
                self._taken[place] = await self.position(place)
        return taken

    async def _commit_those(self, positions: Mapping[TopicPartition, int]) -> None:
        ours = {place: offset for place, offset in positions.items() if place in self.assignment()}
        if ours:
            await self.commit(ours)

    def _ask_for(self, milliseconds: int) -> None:
        """Have the broker keep its next answer for so long where there is nothing. There is no public way."""
        self._fetcher._fetch_max_wait_ms = milliseconds  # noqa: SLF001

    async def _shared(self, patience: int, most: int) -> dict[Any, list[Any]]:
        """Take of each partition its share of ``most``, and then what the others have left of it."""
        assigned = sorted(self.assignment())
        share = max(1, most // max(1, len(assigned)))
        taken: dict[Any, list[Any]] = dict(await super().getmany(timeout_ms=patience, max_records=min(share, most)))
        if not taken:
            return taken
        self._came = time.monotonic()
        self._ask_for(self._fetch_max_wait_ms)  # before the others are looked at: aiokafka asks for more meanwhile
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
