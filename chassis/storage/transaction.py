"""One database transaction with its outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from chassis.clock import Clock, SystemClock
from chassis.errors import EpochRaisedError
from chassis.seeing import traced
from chassis.storage import outbox, unstored
from chassis.storage.database import Connection, Pool
from chassis.storage.outbox import Outgoing
from chassis.storage.put_off import Units
from contracts.envelope import EPOCH, Envelope, Message

READ_EPOCH = "SELECT epoch FROM sequence_epoch"


class PublishedTwiceError(Exception):
    """Two records of one transaction would have the same id: readers would take the second for a repeat."""


@dataclass(slots=True)
class Transaction:
    """An open transaction. Made by the chassis; whoever gets one neither commits nor rolls back.

    connection: for repositories.
    cause: the envelope of the message being handled; None in timers.
    now: the time of the transaction, aware, UTC.
    epoch: of the database's sequences; folded into every sequence that is published.
    republished: whether what is published is told again as it stands.
    memo: what adapters remember for as long as the transaction lasts, under keys of their own.
    """

    connection: Connection
    now: datetime
    source: str
    cause: Envelope | None = None
    outgoing: list[Outgoing] = field(default_factory=list)
    _ids: set[tuple[str, str]] = field(default_factory=set)
    epoch: int = 0
    republished: bool = False
    memo: dict[object, object] = field(default_factory=dict)
    _units: Units | None = None

    @property
    def units(self) -> Units:
        """What adapters have put off until the end of the transaction, or of a part of it."""
        if self._units is None:
            self._units = Units(self.connection)
        return self._units

    @property
    def traceparent(self) -> str | None:
        """What continues the handling of the cause, or the errand in hand; None where nothing is traced."""
        return self.cause.traceparent if self.cause else traced.here()

    async def publish(
        self,
        topic: str,
        body: Message,
        *,
        key: str,
        subject: str,
        sequence: int | None,
        partition_key: str | None = None,
        message_id: str | None = None,
    ) -> None:
        """Have ``body`` sent once the transaction has committed.

        sequence: the subject's version after this message, without an epoch; None where it has none.
        partition_key: what the partition is computed from, where that is not ``key``.
        message_id: default ``<type>:<subject>:<sequence>``, or without a sequence derived from the cause:
            the same cause gives the same id. Raises PublishedTwiceError on an id given twice on a topic.
        """
        envelope = self._envelope(body.message_type, subject, sequence, partition_key, message_id)
        self.send(Outgoing(topic, key, envelope, body.model_dump_json(by_alias=True).encode()))

    async def tombstone(
        self,
        topic: str,
        *,
        key: str,
        subject: str,
        sequence: int,
        type: str,  # noqa: A002  the envelope's own word
        partition_key: str | None = None,
    ) -> None:
        """Have the key erased from a compacted topic; ``type`` is the message type of what it erases."""
        self.send(Outgoing(topic, key, self._envelope(type, subject, sequence, partition_key, None), None))

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[None]:
        """Do something that is undone alone where it raises, with what it published; the rest of the transaction stays.

        Behind a savepoint, so for a part of its own in work that many share, not for each statement.
        """
        await self.units.flush()
        sent, ids = len(self.outgoing), set(self._ids)
        try:
            async with self.connection.transaction():
                yield
                await self.units.flush()
        except BaseException:
            self.units.forget()
            del self.outgoing[sent:]
            self._ids.intersection_update(ids)
            raise

    def caused_by(self, cause: Envelope, now: datetime) -> Transaction:
        """Give the same transaction and outbox, seen while another message is handled."""
        # Once a message: ``replace`` would ask for every field by its name.
        return Transaction(
            self.connection,
            now,
            self.source,
            cause,
            self.outgoing,
            self._ids,
            self.epoch,
            self.republished,
            self.memo,
            self.units,
        )

    def telling_again(self) -> Transaction:
        """Give the same transaction and outbox, marking what is published as told again as it stands."""
        return replace(self, republished=True, _units=self.units)

    def _envelope(
        self, kind: str, subject: str, sequence: int | None, partition_key: str | None, message_id: str | None
    ) -> Envelope:
        if sequence is not None:
            sequence += self.epoch * EPOCH
        identity = message_id or self._derive_id(kind, subject, sequence)
        return Envelope(
            id=identity,
            source=self.source,
            type=kind,
            subject=subject,
            time=self.now,
            sequence=sequence,
            correlation_id=(self.cause.correlation_id or self.cause.id) if self.cause else identity,
            causation_id=self.cause.id if self.cause else None,
            partition_key=partition_key,
            traceparent=self.traceparent,
            republished=self.republished,
            origin=(self.cause.origin or self.cause.time) if self.cause else None,
        )

    def _derive_id(self, kind: str, subject: str, sequence: int | None) -> str:
        if sequence is not None:
            return f"{kind}:{subject}:{sequence}"
        if self.cause is None:
            return str(uuid4())
        return str(uuid5(NAMESPACE_URL, f"{self.cause.source}:{self.cause.id}:{kind}:{subject}"))

    def send(self, record: Outgoing) -> None:
        """Have a record sent that is already made. Raises PublishedTwiceError."""
        identity = (record.topic, record.envelope.id)
        if identity in self._ids:
            raise PublishedTwiceError(f"{record.envelope.type} on {record.topic}")
        self._ids.add(identity)
        self.outgoing.append(record)


@dataclass(slots=True)
class Transactions:
    """Opens transactions. ``published`` is called after each commit that left rows in the outbox.

    source: the CloudEvents source of what is published.
    send_unstored: what takes the records instead of the outbox, where a rig has switched it off.
    """

    pool: Pool
    source: str
    clock: Clock = field(default_factory=SystemClock)
    published: Callable[[], None] = lambda: None
    send_unstored: Callable[[Sequence[Outgoing]], None] | None = None
    _epoch: int | None = None

    @asynccontextmanager
    async def begin(self, cause: Envelope | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction: committed with its outbox rows at the end of the block, rolled back on any exception."""
        unstored_to = self.send_unstored if unstored.switched_on() else None
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                epoch = await self._known_epoch(connection)
                transaction = Transaction(connection, self.clock.now(), self.source, cause, epoch=epoch)
                yield transaction
                await transaction.units.flush()
                if transaction.outgoing and unstored_to is None:
                    await self._store(transaction)
            if transaction.outgoing:
                (unstored_to or self._stored)(transaction.outgoing)

    async def _store(self, transaction: Transaction) -> None:
        try:
            await outbox.insert(transaction.connection, transaction.outgoing, transaction.epoch)
        except EpochRaisedError:
            self.forget_epoch()
            raise

    def forget_epoch(self) -> None:
        """Ask for the epoch anew: it has been raised."""
        self._epoch = None

    async def _known_epoch(self, connection: Connection) -> int:
        """Ask for the epoch once: who writes in one that is over is told so."""
        if self._epoch is None:
            self._epoch = int(await connection.fetchval(READ_EPOCH))
        return self._epoch

    def _stored(self, _records: Sequence[Outgoing]) -> None:
        self.published()
