"""Batches of records to handlers: each record takes effect once, in the order of its subject.

A batch is handled in chunks of one database transaction each. A chunk that fails is cut down to the record at fault,
which is tried again or parked; everything else goes on. The whole batch is acknowledged after that.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from chassis import errors, faults
from chassis.errors import HandlingError, Kind
from chassis.reading import dead_letters, decoding, inbox
from chassis.reading.appetite import Appetite
from chassis.reading.chunks import Chunk, Plan, ids
from chassis.reading.decoding import Incoming
from chassis.reading.gathering import LONGEST, SHARE, UNHURRIED, Gathering
from chassis.reading.inbox import Inbox
from chassis.reading.progress import Progress
from chassis.reading.subscriptions import Dedupe, Record, Subscription
from chassis.seeing.metrics import Metrics
from chassis.settings import Settings
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import Upcast

log = structlog.get_logger(__name__)

STRETCHED = 4
"""So many times as long as usual may a batch, and a transaction, take in a mass."""
ALARM_AFTER = 10
"""Tries without the database after which each further one is logged as an error."""


class StoppingError(Exception):
    """The process stops while the database is away: the batch is not acknowledged and will come again."""


@dataclass
class Reader:
    """Handles the batches of one subscription, one at a time."""

    service: str
    subscription: Subscription
    transactions: Transactions
    settings: Settings
    stopping: asyncio.Event
    upcasts: Sequence[Upcast] = ()
    metrics: Metrics = field(default_factory=Metrics)
    group: str = field(init=False)
    progress: Progress = field(init=False)
    appetite: Appetite = field(init=False)
    gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        self.group = self.subscription.group(self.service)
        self.progress = Progress(self.group)
        self.appetite = Appetite()
        self.gathering = Gathering(UNHURRIED if self.subscription.unhurried else LONGEST)
        self._reading = self.subscription.reading(self.upcasts)

    @property
    def wait(self) -> float:
        """Tell the seconds until the next batch is to be taken."""
        return self.gathering.wait

    @property
    def rushed(self) -> bool:
        """Whether much comes that somebody waits for: what can wait does not get in its way then."""
        return self.progress.rushed or (self.gathering.going > 0 and not self.subscription.unhurried)

    @property
    def most(self) -> int:
        """Tell how many records it is to have at most."""
        return self.appetite.within(self._stretched(self.settings.batch_seconds), self.settings.batch_records)

    def read(self, record: Record) -> Incoming:
        """Read one record as this subscription does."""
        return decoding.read(record, self._reading)

    async def handle(self, records: Sequence[Record]) -> None:
        """Give each record its effect. Returns when all have been handled or parked; raises StoppingError."""
        self.progress.busy = True
        begun = time.monotonic()
        full = len(records) >= self.most
        self.gathering.took(len(records), full=full)
        if full:
            self.progress.full = begun
        try:
            faults.reached(f"{self.group}.taken")
            await self._handle(decoding.in_order(self._heeded([self.read(record) for record in records])))
            seconds = time.monotonic() - begun
            self.appetite.note(len(records), seconds)
            self.metrics.batch_records.labels(self.group).observe(len(records))
            self.metrics.batch_seconds.labels(self.group).observe(seconds)
            faults.reached(f"{self.group}.handled")
        finally:
            self.progress.busy = False
            self.progress.beat()
            self.gathering.handled()

    def _stretched(self, seconds: float) -> float:
        """Stretch a bound on how long others wait, in a mass: a batch may take a tenth of the time that it has lasted.

        What each batch costs by itself takes most of that time where the processor is shared: more of it, more goes by.
        """
        lasted = SHARE * self.gathering.going / self.settings.batch_seconds
        return seconds * min(STRETCHED, max(1.0, lasted))

    async def redo(self, item: Incoming, transaction: Transaction) -> None:
        """Handle a record whose turn has come again; it was noted when it was parked. Raises HandlingError."""
        attempt = self._chunk(transaction, inbox.Nothing(), set())
        await attempt.handle([item])
        attempt.tell()

    def _heeded(self, items: Sequence[Incoming]) -> Sequence[Incoming]:
        """Leave out what is skipped, so that it costs no row: it has no effect, and counts only where all are numbered.

        Most of what a service reads on another's state is of types that it has no use for.
        """
        if self.subscription.dedupe is Dedupe.SEQUENCE:
            return items
        heeded = [item for item in items if not item.skipped]
        self.progress.counts["skipped"] += len(items) - len(heeded)
        return heeded

    async def _handle(self, items: Sequence[Incoming]) -> None:
        most = self.appetite.within(self._stretched(self.settings.chunk_seconds), self.settings.chunk_records)
        plan, tries = Plan(items, most), 0
        while chunk := plan.next():
            self.progress.beat()
            try:
                done = await self._apply(chunk)
            except Exception as error:  # noqa: BLE001  each kind has its answer below
                index = error.index if isinstance(error, HandlingError) else None
                cause = error.error if isinstance(error, HandlingError) else error
                kind = errors.kind(cause, in_handler=isinstance(error, HandlingError))
                tries += 1
                if kind is Kind.UNAVAILABLE or (kind is Kind.CONTENTION and tries < self.settings.contention_tries):
                    await self._pause(kind, cause, tries)
                    continue
                tries = 0
                if len(chunk) == 1:
                    await self._park(chunk[0], cause, passing=kind is Kind.CONTENTION)
                    plan.done(1)
                else:
                    plan.cut(index, len(chunk))
            else:
                tries = 0
                plan.done(done)
                if plan.next():
                    faults.reached(f"{self.group}.batch")

    async def _apply(self, chunk: Sequence[Incoming]) -> int:
        """Handle as many of the chunk's records as fit the time, in one transaction; returns how many."""
        async with self.transactions.begin() as transaction:
            known = await self._claim(transaction, chunk)
            parked: set[str] = set()
            if known.held_up:
                parked = await dead_letters.parked(transaction.connection, self.group, [item.subject for item in chunk])
            attempt = self._chunk(transaction, known, parked)
            done = await attempt.handle(chunk)
            await known.take_back(transaction.connection)
            faults.reached(f"{self.group}.applied")
        attempt.tell()
        self.progress.counts.update(attempt.counts)
        self._note_ages(chunk[:done])
        self._tell_gaps(known)
        return done

    def _note_ages(self, items: Sequence[Incoming]) -> None:
        now, ages = self.transactions.clock.now(), self.metrics.message_age.labels(self.group)
        since_origin = self.metrics.end_to_end.labels(self.group)
        for item in items:
            if item.envelope is not None:
                ages.observe(max(0.0, (now - item.envelope.time).total_seconds()))
                if item.envelope.origin is not None:
                    since_origin.observe(max(0.0, (now - item.envelope.origin).total_seconds()))

    def _chunk(self, transaction: Transaction, known: Inbox, parked: set[str]) -> Chunk:
        return Chunk(
            self.service,
            self.group,
            self.subscription,
            self.transactions.clock,
            self._stretched(self.settings.chunk_seconds),
            transaction,
            known,
            parked,
            self.metrics,
        )

    async def _claim(self, transaction: Transaction, chunk: Sequence[Incoming]) -> Inbox:
        causes = [item.cause for item in chunk]
        dedupe = self.subscription.dedupe
        return await inbox.claim(transaction.connection, self.group, dedupe, causes, transaction.now)

    async def _park(self, item: Incoming, cause: Exception, *, passing: bool) -> None:
        """Park the record, however long that takes: nothing may pass it."""
        tries = 0
        while True:
            try:
                async with self.transactions.begin() as transaction:
                    known = await self._claim(transaction, [item])
                    if known.is_repeat(item.cause) and not self.subscription.repeats_matter:
                        # Its effect is there; only answering again failed.
                        log.error("repeat not answered", **ids(item), error=errors.name(cause))
                        return
                    letter = await dead_letters.park(
                        transaction, self.service, self.group, item, errors.name(cause), passing=passing
                    )
            except Exception as error:  # noqa: BLE001  whatever it is, going on would lose the record
                tries += 1
                await self._pause(errors.kind(error, in_handler=False), error, tries)
            else:
                self.progress.counts["parked"] += 1
                where = errors.where(cause)
                log.error("message parked", **ids(item), dead_letter=letter, error=errors.name(cause), where=where)
                return

    async def _pause(self, kind: Kind, cause: Exception, tries: int) -> None:
        """Wait before another try, longer each time, with jitter. Raises StoppingError."""
        self.progress.counts["retries"] += 1
        self.progress.beat()
        level = log.error if tries >= ALARM_AFTER else log.warning
        level("trying again", reader=self.group, error=errors.name(cause), kind=kind.value, tries=tries)
        longest = min(0.05 * 2 ** min(tries, 10), 10.0 if kind is Kind.UNAVAILABLE else 2.0)
        try:
            await asyncio.wait_for(self.stopping.wait(), random.uniform(longest / 2, longest))  # noqa: S311  jitter
        except TimeoutError:
            return
        raise StoppingError from cause

    def _tell_gaps(self, known: Inbox) -> None:
        for gap in known.gaps:
            self.progress.counts["gaps"] += 1
            log.error("messages are missing", reader=self.group, subject=gap.subject, last=gap.last, found=gap.found)
