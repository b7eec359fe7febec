"""One try of one chunk of records, within a transaction; and which records the next chunk takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import structlog

from chassis import errors
from chassis.clock import Clock
from chassis.errors import HandlingError
from chassis.reading import dead_letters
from chassis.reading.decoding import Incoming
from chassis.reading.inbox import Inbox
from chassis.reading.subscriptions import Received, Subscription
from chassis.seeing import tracing
from chassis.seeing.metrics import Metrics
from chassis.seeing.tracing import Span
from chassis.storage.transaction import Transaction

log = structlog.get_logger(__name__)
ItemT = TypeVar("ItemT")


@dataclass
class Plan(Generic[ItemT]):
    """Which items the next chunk takes: many, until one fails; then those before it, then it alone.

    chunk: most items at a time.
    """

    items: Sequence[ItemT]
    chunk: int
    _position: int = 0
    _suspect: int = -1

    def __post_init__(self) -> None:
        self._most = self.chunk

    def next(self) -> Sequence[ItemT]:
        """Give the next chunk; empty when all is done."""
        end = self._position + self._most
        if self._suspect > self._position:
            end = min(end, self._suspect)
        elif self._suspect == self._position:
            end = self._position + 1
        return self.items[self._position : end]

    def done(self, items: int) -> None:
        """Go on behind so many items."""
        self._position += items
        self._most = self.chunk

    def cut(self, index: int | None, size: int) -> None:
        """Take less after a chunk of ``size`` failed at ``index``; half where that is unknown."""
        if index is None:
            self._most = max(1, size // 2)
        else:
            self._suspect = self._position + index


@dataclass
class Chunk:
    """The handling of some records in one transaction. Handlers' failures come out as HandlingError.

    seconds: after this long no further record is begun.
    parked: subjects that are held up.
    """

    service: str
    group: str
    subscription: Subscription
    clock: Clock
    seconds: float
    transaction: Transaction
    inbox: Inbox
    parked: set[str]
    metrics: Metrics
    counts: Counter[str] = field(default_factory=Counter)
    spans: list[Span] = field(default_factory=list)

    async def handle(self, items: Sequence[Incoming]) -> int:
        """Handle the records; returns how many were. What their handlers put off is written."""
        if self.subscription.batch is None:
            await self._look_ahead(items)
            done = await self._one_by_one(items)
        else:
            done = await self._together(items)
        try:
            await self.transaction.units.flush()
        except Exception as error:
            raise HandlingError(None if len(items) > 1 else 0, error) from error
        return done

    async def _look_ahead(self, items: Sequence[Incoming]) -> None:
        if self.subscription.ahead is None or len(items) < 2:  # noqa: PLR2004  alone there is nothing to share
            return
        coming = [
            item.received
            for item in items
            if item.received is not None
            and not item.errors
            and item.subject not in self.parked
            and not self.inbox.is_repeat(item.cause)
        ]
        try:
            await self.subscription.ahead(coming, self.transaction)
        except Exception as error:
            raise HandlingError(None, error) from error

    async def _one_by_one(self, items: Sequence[Incoming]) -> int:
        deadline = time.monotonic() + self.seconds
        for index, item in enumerate(items):
            if index and time.monotonic() > deadline:
                return index
            with structlog.contextvars.bound_contextvars(**ids(item)):
                span = self._span(item)
                try:
                    await self._one(item, self._transaction_for(item, span))
                except Exception as error:
                    span.failed(errors.name(error))
                    raise HandlingError(index, error) from error
                self._done(span)
        return len(items)

    async def _together(self, items: Sequence[Incoming]) -> int:
        batch = self.subscription.batch
        assert batch is not None
        fresh: list[Received[Any]] = []
        spans: list[Span] = []
        try:
            for item in items:
                if await self._is_fresh(item):
                    assert item.received is not None
                    spans.append(self._span(item))
                    fresh.append(_traced(item.received, spans[-1]))
            if fresh:
                whole = tracing.batch(self.group, self.subscription.topic, spans)
                await batch(fresh, self.transaction)
                for span in (*spans, whole):
                    self._done(span)
        except Exception as error:
            raise HandlingError(None, error) from error
        self.counts["handled"] += len(fresh)
        return len(items)

    def tell(self) -> None:
        """Hand over the spans of what was handled: the transaction has committed."""
        for span in self.spans:
            span.tell()

    def _span(self, item: Incoming) -> Span:
        if item.received is None:
            return tracing.NOTHING
        record, envelope = item.record, item.received.envelope
        place = (record.topic, record.partition, record.offset)
        return tracing.handling(self.group, place, envelope.type, envelope.traceparent)

    def _done(self, span: Span) -> None:
        if span is not tracing.NOTHING:
            span.done()
            self.spans.append(span)

    def _transaction_for(self, item: Incoming, span: Span) -> Transaction:
        cause = item.cause if span.traceparent is None else replace(item.cause, traceparent=span.traceparent)
        return self.transaction.caused_by(cause, self.clock.now())

    async def _one(self, item: Incoming, transaction: Transaction) -> None:
        if not await self._is_fresh(item, transaction):
            return
        received, subscription = item.received, self.subscription
        assert received is not None
        begun = time.monotonic()
        if not received.is_tombstone:
            await subscription.handler(subscription.classes[received.envelope.type])(received, transaction)
        elif subscription.on_tombstone is not None:
            await subscription.on_tombstone(received, transaction)
        self.metrics.handler_seconds.labels(self.group, received.envelope.type).observe(time.monotonic() - begun)
        self.counts["handled"] += 1

    async def _is_fresh(self, item: Incoming, seen: Transaction | None = None) -> bool:
        """Deal with a record that no handler is to get; True where one is.

        seen: the transaction as seen while it is handled, where somebody has that already.
        """
        if self.inbox.is_repeat(item.cause):
            if self.subscription.repeats_matter and item.subject in self.parked:
                await self._park(item, "", behind=True)  # it may be new: then its turn has not come
            else:
                await self._repeat(item, seen or self._transaction_for(item, tracing.NOTHING))
            return False
        self.inbox.note(item.cause)
        if item.subject in self.parked:
            await self._park(item, "", behind=True)
            return False
        if item.errors:
            await self._reject(item, seen or self._transaction_for(item, tracing.NOTHING))
            return False
        if item.skipped:
            self.counts["skipped"] += 1
            return False
        return True

    async def _repeat(self, item: Incoming, transaction: Transaction) -> None:
        self.counts["repeats"] += 1
        if item.errors and self.subscription.on_invalid is not None:
            # A careless sender may use an id twice. Who rejects knows a record that merely comes again by its place.
            await self._reject(item, transaction)
        elif self.subscription.on_duplicate is not None and item.received is not None:
            await self.subscription.on_duplicate(item.received, transaction)

    async def _reject(self, item: Incoming, transaction: Transaction) -> None:
        if self.subscription.on_invalid is None:
            await self._park(item, "invalid", behind=False)
            return
        await self.subscription.on_invalid(item.record, item.errors, transaction)
        self.counts["rejected"] += 1
        log.warning("message rejected", **ids(item), fields=[problem.path for problem in item.errors])

    async def _park(self, item: Incoming, error: str, *, behind: bool) -> None:
        await dead_letters.park(self.transaction, self.service, self.group, item, error, behind=behind)
        self.parked.add(item.subject)
        self.counts["parked"] += 1
        fields = [problem.path for problem in item.errors]
        log.error("message parked", **ids(item), error=error or "behind", fields=fields)


def ids(item: Incoming) -> dict[str, str | None]:
    """Tell what a log line may say of a message."""
    envelope = item.envelope
    return {
        "topic": item.record.topic,
        "subject": item.subject,
        "message_id": envelope.id if envelope else None,
        "message_type": envelope.type if envelope else None,
        "correlation_id": (envelope.correlation_id or envelope.id) if envelope else None,
    }


def _traced(received: Received[Any], span: Span) -> Received[Any]:
    """Have what a batch remembers of a message continue the message's own span."""
    if span.traceparent is None:
        return received
    return replace(received, envelope=replace(received.envelope, traceparent=span.traceparent))
