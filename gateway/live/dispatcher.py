"""Tells all open pages of one process: one look at the database for all of them, woken when anybody has written."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import structlog

from chassis.ending import end
from gateway.commands.wakeups import Wakeups
from gateway.live.news import Place, Told
from gateway.live.source import Source
from gateway.live.standing import Standing
from gateway.live.subscriber import End, Subscriber

log = structlog.get_logger(__name__)

BACKSTOP = 1.0
"""Seconds between looks where no word comes."""
SOON = 0.1
"""Seconds from a word to the look: who waits for what he sent goes first, and many batches are told together."""
MOST_OF_ONE = 10
"""Streams that one user may have open on one process: visible pages only, so a handful."""


@dataclass
class Dispatcher:
    """Who is told what. ``most``: streams that may be open on this process."""

    source: Source
    standing: Standing
    wakeups: Wakeups
    most: int
    heartbeat: float = 15.0
    """Seconds of silence before a line that says nothing: proxies keep a stream then, and a gone reader is noticed."""
    retry_ms: tuple[int, int] = (1_000, 5_000)
    """After how long, between these, a page comes back: not all at once after a restart."""
    standing_every: float = 5.0
    """Seconds between questions whether the sessions of open streams still stand."""
    place: Place | None = None
    """Up to where all that has happened has been told; None before the first look."""
    stopping: bool = False
    _open: dict[str, set[Subscriber]] = field(default_factory=lambda: defaultdict(set))
    _of_user: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _count: int = 0
    _asking: set[asyncio.Task[Sequence[Told] | None]] = field(default_factory=set)

    def has_room(self, user_id: str) -> bool:
        """Tell whether one more stream of a user may be opened."""
        ready = self.place is not None and not self.stopping
        return ready and self._count < self.most and self._of_user.get(user_id, 0) < MOST_OF_ONE

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._count

    @contextmanager
    def subscribed(self, subscriber: Subscriber) -> Iterator[Place]:
        """Tell a page what is new while the block lasts. Gives the place after which it is told by offering."""
        if not self.has_room(subscriber.user_id) or self.place is None:
            subscriber.end(End.STOPPING)
        self._open[subscriber.municipality_id].add(subscriber)
        self._of_user[subscriber.user_id] += 1
        self._count += 1
        try:
            yield self.place or Place(0, 0)
        finally:
            self._forget(subscriber)

    def _forget(self, subscriber: Subscriber) -> None:
        others = self._open[subscriber.municipality_id]
        others.discard(subscriber)
        if not others:
            del self._open[subscriber.municipality_id]
        self._of_user[subscriber.user_id] -= 1
        if not self._of_user[subscriber.user_id]:
            del self._of_user[subscriber.user_id]
        self._count -= 1

    async def missed(self, subscriber: Subscriber, since: Place, until: Place) -> Sequence[Told] | None:
        """Find what a page missed while it was away; None where it is to be fetched anew.

        A page that goes away meanwhile interrupts no statement: that would cost the database more than to finish it.
        """
        if since >= until:
            return []
        asking = asyncio.create_task(self.source.missed(subscriber.municipality_id, since, until))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        return await asyncio.shield(asking)

    def close(self) -> None:
        """End all streams, and let nobody open another: the process stops."""
        self.stopping = True
        for subscriber in self._all():
            subscriber.end(End.STOPPING)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tell pages while the block lasts."""
        task = asyncio.create_task(self._run(), name="live")
        try:
            yield
        finally:
            self.close()
            await end([task])

    async def _run(self) -> None:
        asked = time.monotonic()
        while True:
            heard, soon = self.wakeups.next(), False
            try:
                soon = await self._look()
                if time.monotonic() - asked > self.standing_every:
                    await self.end_those_without_session()
                    asked = time.monotonic()
            except Exception as error:  # noqa: BLE001  whatever it is: pages would be told nothing any more
                log.warning("no_news", error=type(error).__name__)
            if not soon:
                with suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), BACKSTOP)
            await asyncio.sleep(SOON)

    async def _look(self) -> bool:
        """Tell what is new. Gives whether to look again at once."""
        if self.place is None:
            self.place = await self.source.begin()
        found = await self.source.after(self.place)
        for told in found.told:
            for subscriber in tuple(self._open.get(told.news.municipality_id, ())):
                subscriber.offer(told)
        self.place = found.place
        return found.more

    async def end_those_without_session(self) -> None:
        """End the streams whose sessions have ended or lost their right."""
        subscribers = self._all()
        if not subscribers:
            return
        still = await self.standing.of([(one.token, one.municipality_id) for one in subscribers])
        for index, subscriber in enumerate(subscribers):
            if index not in still:
                subscriber.end(End.SESSION)

    def _all(self) -> list[Subscriber]:
        return [one for subscribers in self._open.values() for one in subscribers]
