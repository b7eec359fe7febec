"""Batches of records to handlers: each record takes effect once, in the order of its subject.

A batch is handled in chunks of one database transaction each. A chunk that fails is cut down to the record at fault,
which is tried again or parked; everything else goes on. The offsets are committed after the whole batch.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from chassis import dead_letters, decoding, errors, inbox
from chassis.decoding import Incoming
from chassis.errors import Kind
from chassis.inbox import Inbox
from chassis.progress import Progress
from chassis.settings import Settings
from chassis.subscriptions import Dedupe, Record, Subscription
from chassis.transaction import Transaction, Transactions

log = structlog.get_logger(__name__)

ALARM_AFTER = 10
"""Tries without the database after which each further one is logged as an error."""


class StoppingError(Exception):
    """The process stops while the database is away: the batch is not acknowledged and will come again."""


class HandlingError(Exception):
    """A handler failed. ``index``: at which record of the chunk; None where a batch handler does not tell."""

    def __init__(self, index: int | None, error: Exception) -> None:
        super().__init__()
        self.index = index
        self.error = error


@dataclass
class Reader:
    """Handles the batches of one subscription, one at a time."""

    service: str
    subscription: Subscription
    transactions: Transactions
    settings: Settings
    stopping: asyncio.Event
    group: str = field(init=False)
    progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        self.group = self.subscription.group(self.service)
        self.progress = Progress(self.group)
        self._classes = self.subscription.classes

    def read(self, record: Record) -> Incoming:
        """Read one record as this subscription does."""
        sequenced = self.subscription.dedupe is not Dedupe.ID
        return decoding.read(record, self._classes, self.subscription.known, sequenced=sequenced)

    async def handle(self, records: Sequence[Record]) -> None:
        """Give each record its effect. Returns when all have been handled or parked; raises StoppingError."""
        self.progress.busy = True
        try:
            await self._handle(decoding.in_order([self.read(record) for record in records]))
        finally:
            self.progress.busy = False
            self.progress.beat()

    async def redo(self, item: Incoming, transaction: Transaction) -> None:
        """Handle a record whose turn has come again; it has been noted when it was parked."""
        attempt = _Attempt(self, transaction, inbox.Nothing(), set())
        chunk = [item]
        if self.subscription.batch is None:
            await attempt.one_by_one(chunk)
        else:
            await attempt.together(chunk)

    async def _handle(self, items: Sequence[Incoming]) -> None:
        plan, tries = _Plan(items, self.settings.chunk_records), 0
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
                    await self._park(chunk[0], cause)
                    plan.done(1)
                else:
                    plan.cut(index, len(chunk))
            else:
                tries = 0
                plan.done(done)

    async def _apply(self, chunk: Sequence[Incoming]) -> int:
        """Handle as many of the chunk's records as fit the time, in one transaction; returns how many."""
        async with self.transactions.begin() as transaction:
            known = await self._load(transaction, chunk)
            parked = await dead_letters.parked(transaction.connection, self.group, [item.subject for item in chunk])
            attempt = _Attempt(self, transaction, known, parked)
            if self.subscription.batch is None:
                done = await attempt.one_by_one(chunk)
            else:
                done = await attempt.together(chunk)
            await known.write(transaction.connection, transaction.now)
        self.progress.counts.update(attempt.counts)
        self._tell_gaps(known)
        return done

    async def _load(self, transaction: Transaction, chunk: Sequence[Incoming]) -> Inbox:
        known = [item.cause for item in chunk]
        return await inbox.load(transaction.connection, self.group, self.subscription.dedupe, known)

    async def _park(self, item: Incoming, cause: Exception) -> None:
        """Park the record, however long that takes: nothing may pass it."""
        tries = 0
        while True:
            try:
                async with self.transactions.begin() as transaction:
                    known = await self._load(transaction, [item])
                    if known.is_repeat(item.cause):
                        return
                    known.note(item.cause)
                    letter = await dead_letters.park(transaction, self.service, self.group, item, errors.name(cause))
                    await known.write(transaction.connection, transaction.now)
            except Exception as error:  # noqa: BLE001  whatever it is, going on would lose the record
                tries += 1
                await self._pause(errors.kind(error, in_handler=False), error, tries)
            else:
                self.progress.counts["parked"] += 1
                where = errors.where(cause)
                log.error("message parked", **_ids(item), dead_letter=letter, error=errors.name(cause), where=where)
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


@dataclass
class _Plan:
    """Which records the next chunk takes. ``suspect``: the record at fault, to be tried alone."""

    items: Sequence[Incoming]
    chunk_records: int
    position: int = 0
    suspect: int = -1

    def __post_init__(self) -> None:
        self.most = self.chunk_records

    def next(self) -> Sequence[Incoming]:
        end = self.position + self.most
        if self.suspect > self.position:
            end = min(end, self.suspect)
        elif self.suspect == self.position:
            end = self.position + 1
        return self.items[self.position : end]

    def done(self, records: int) -> None:
        self.position += records
        self.most = self.chunk_records

    def cut(self, index: int | None, size: int) -> None:
        """After a chunk of ``size`` failed at ``index``: do those before it, then it alone; halves where unknown."""
        if index is None:
            self.most = max(1, size // 2)
        else:
            self.suspect = self.position + index


@dataclass
class _Attempt:
    """One try of one chunk."""

    reader: Reader
    transaction: Transaction
    known: Inbox
    parked: set[str]
    counts: dict[str, int] = field(default_factory=dict)

    async def one_by_one(self, chunk: Sequence[Incoming]) -> int:
        deadline = time.monotonic() + self.reader.settings.chunk_seconds
        for index, item in enumerate(chunk):
            if index and time.monotonic() > deadline:
                return index
            transaction = self._transaction_for(item)
            with structlog.contextvars.bound_contextvars(**_ids(item)):
                try:
                    await self._one(item, transaction)
                except Exception as error:
                    raise HandlingError(index, error) from error
        return len(chunk)

    async def together(self, chunk: Sequence[Incoming]) -> int:
        batch = self.reader.subscription.batch
        assert batch is not None
        fresh = []
        try:
            for item in chunk:
                if await self._is_fresh(item, self._transaction_for(item)):
                    assert item.received is not None
                    fresh.append(item.received)
            if fresh:
                await batch(fresh, self.transaction)
        except Exception as error:
            raise HandlingError(None, error) from error
        self._count("handled", len(fresh))
        return len(chunk)

    def _transaction_for(self, item: Incoming) -> Transaction:
        return self.transaction.caused_by(item.cause, self.reader.transactions.clock.now())

    async def _one(self, item: Incoming, transaction: Transaction) -> None:
        if not await self._is_fresh(item, transaction):
            return
        received, subscription = item.received, self.reader.subscription
        assert received is not None
        if not received.is_tombstone:
            await subscription.handler(self.reader.subscription.classes[received.envelope.type])(received, transaction)
        elif subscription.on_tombstone is not None:
            await subscription.on_tombstone(received, transaction)
        self._count("handled")

    async def _is_fresh(self, item: Incoming, transaction: Transaction) -> bool:
        """Deal with a record that no handler is to get; True where one is."""
        subscription = self.reader.subscription
        if self.known.is_repeat(item.cause):
            self._count("repeats")
            if subscription.on_duplicate is not None and item.received is not None:
                await subscription.on_duplicate(item.received, transaction)
            return False
        self.known.note(item.cause)
        if item.subject in self.parked:
            await self._park(item, "", behind=True)
            return False
        if item.errors:
            if subscription.on_invalid is not None:
                await subscription.on_invalid(item.record, item.errors, transaction)
                self._count("rejected")
            else:
                await self._park(item, "invalid", behind=False)
            return False
        if item.received is None:
            self._count("skipped")
            return False
        return True

    async def _park(self, item: Incoming, error: str, *, behind: bool) -> None:
        reader = self.reader
        await dead_letters.park(self.transaction, reader.service, reader.group, item, error, behind=behind)
        self.parked.add(item.subject)
        self._count("parked")
        log.error("message parked", error=error or "behind", fields=[problem.path for problem in item.errors])

    def _count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number


def _ids(item: Incoming) -> dict[str, str | None]:
    envelope = item.envelope
    return {
        "topic": item.record.topic,
        "subject": item.subject,
        "message_id": envelope.id if envelope else None,
        "message_type": envelope.type if envelope else None,
        "correlation_id": (envelope.correlation_id or envelope.id) if envelope else None,
    }
