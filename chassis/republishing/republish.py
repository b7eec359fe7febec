"""Telling again what the database holds: on request, in bounded transactions, through the outbox.

Each aggregate is locked as a use case would lock it and told in its present version, so that order against live changes
holds. What the topics hold and the database lacks is erased. See docs/decisions/0009-republish-and-rebuild.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import structlog

from chassis import errors
from chassis.errors import Kind
from chassis.republishing.told import Told, read_told
from chassis.settings import Settings
from chassis.storage import outbox
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction, Transactions
from contracts.envelope import EPOCH

log = structlog.get_logger(__name__)

REQUEST = """
INSERT INTO republish_request (keys, scope, since, least_epoch, strays, requested_by) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id
"""
OPEN = "SELECT id FROM republish_request WHERE finished_at IS NULL ORDER BY id LIMIT 1"

# Whoever holds the row does the next step: a leader that was thought dead finds it taken, or done.
TAKE = "SELECT * FROM republish_request WHERE id = $1 AND finished_at IS NULL FOR UPDATE SKIP LOCKED"
ADVANCE = """
UPDATE republish_request SET source = $2, last_id = $3, told = told + $4, erased = erased + $5 WHERE id = $1
"""
OUTCOME = "SELECT finished_at IS NOT NULL, told, erased, error FROM republish_request WHERE id = $1"
IS_OPEN = "SELECT finished_at IS NULL FROM republish_request WHERE id = $1"
ERASES_NEXT = "SELECT source = $2 FROM republish_request WHERE id = $1"
FINISH = "UPDATE republish_request SET finished_at = now(), error = $2 WHERE id = $1"
RAISE_EPOCH = "UPDATE sequence_epoch SET epoch = greatest(epoch, $1)"

MOST_RECORDS = 200
"""Records told in one transaction, but for the last aggregate's."""
MOST_SECONDS = 0.1
MOST_WAITING = 2000
"""With more rows in the outbox than this, it waits: live changes are to come through."""
PAUSE_SECONDS = 0.1

ERASING = "~erase"
"""Stands for a source: the part of a request that comes after all sources. Sorts behind every name."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What to tell again. ``keys``: of records, None for all; ``scope``: only what is its; ``since``: changed."""

    keys: Sequence[str] | None = None
    scope: str | None = None
    since: datetime | None = None


class StateSource(Protocol):
    """One kind of aggregate, and how its state is told."""

    @property
    def name(self) -> str:
        """Name it, uniquely within the service; sources are told in the order of their names."""

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell message types by topic: of the records that tell of it, and are erased where it is not there."""

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the first ids behind ``after``, in the database's order of texts."""

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Lock the aggregate as a use case would, and publish its state as it stands; nothing where it is gone."""

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:
        """Tell for which of these record keys the database has something to tell."""


async def request(
    connection: Connection,
    selection: Selection,
    *,
    by: str,
    least_epoch: int | None = None,
    strays: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Ask the service's own process to tell these again; returns the request's id."""
    keys = None if selection.keys is None else sorted(set(selection.keys))
    arguments = (keys, selection.scope, selection.since, least_epoch, list(strays), by)
    return int(await connection.fetchval(REQUEST, *arguments))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a request has come. ``told``, ``erased``: records so far; ``error``: what ended it early."""

    finished: bool
    told: int
    erased: int
    error: str | None


async def outcome(connection: Connection, number: int) -> Outcome:
    """Look how far a request has come."""
    row = await connection.fetchrow(OUTCOME, number)
    assert row is not None, "requests are never deleted"
    return Outcome(*row)


@dataclass
class Republisher:
    """Does what ``republish_request`` asks for, one request at a time, where the service has something to tell."""

    sources: Sequence[StateSource]
    transactions: Transactions
    settings: Settings
    _told: dict[int, list[Told]] = field(default_factory=dict)

    async def work(self) -> None:
        """Do all open requests. Raises what may pass by itself: the request is gone on with at the next call."""
        while (number := await self.transactions.pool.fetchval(OPEN)) is not None:
            try:
                while await self._step(number):
                    await self._let_others_through()
                if await self.transactions.pool.fetchval(IS_OPEN, number):
                    return  # another process has it
            except Exception as error:
                if errors.kind(error, in_handler=True) is not Kind.PERMANENT:
                    raise
                log.error("republish failed", request=number, error=errors.name(error), where=errors.where(error))  # noqa: TRY400
                await self.transactions.pool.execute(FINISH, number, errors.name(error))
            finally:
                self._told.pop(number, None)

    async def _let_others_through(self) -> None:
        while True:
            async with self.transactions.pool.acquire() as connection:
                waiting = await outbox.depth(connection)
            if waiting.rows <= MOST_WAITING:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    async def _step(self, number: int) -> bool:
        """Do the request's next part in one transaction. False where nothing of it is left, or another does it."""
        if number not in self._told and await self.transactions.pool.fetchval(ERASES_NEXT, number, ERASING):
            self._told[number] = await self._read_told()
        async with self.transactions.begin() as transaction:
            row = await transaction.connection.fetchrow(TAKE, number)
            if row is None:
                return False
            if row["least_epoch"] is not None and transaction.epoch < row["least_epoch"]:
                await transaction.connection.execute(RAISE_EPOCH, row["least_epoch"])
                self.transactions.forget_epoch()
                return True
            source = next((each for each in self._in_order() if each.name >= row["source"]), None)
            if row["source"] == ERASING or source is None:
                return await self._erase(transaction, row)
            await self._tell(transaction, row, source)
            return True

    def _in_order(self) -> list[StateSource]:
        return sorted(self.sources, key=lambda source: source.name)

    async def _tell(self, transaction: Transaction, row: asyncpg.Record, source: StateSource) -> None:
        """Tell the next aggregates of a source, and remember where it stopped."""
        selection = Selection(row["keys"], row["scope"], row["since"])
        after = row["last_id"] if source.name == row["source"] else ""
        deadline, connection = time.monotonic() + MOST_SECONDS, transaction.connection
        found = await source.ids(connection, selection, after, MOST_RECORDS)
        for after in found:
            await source.tell(transaction.telling_again(), after)
            if len(transaction.outgoing) >= MOST_RECORDS or time.monotonic() > deadline:
                break
        name, last = (source.name, after) if found else (self._behind(source), "")
        await connection.execute(ADVANCE, row["id"], name, last, len(transaction.outgoing), 0)

    def _behind(self, source: StateSource) -> str:
        names = [each.name for each in self._in_order()]
        return (*names, ERASING)[names.index(source.name) + 1]

    async def _read_told(self) -> list[Told]:
        return await read_told(self.settings, records_of(self.sources))

    async def _erase(self, transaction: Transaction, row: asyncpg.Record) -> bool:
        """Erase the next records that the database has nothing for; False once there are no more."""
        behind = [record for record in self._erasable(row) if record.place > row["last_id"]][:MOST_RECORDS]
        if not behind:
            await transaction.connection.execute(FINISH, row["id"], None)
            return False
        marked, erased = transaction.telling_again(), 0
        for source in self.sources:
            for record in await _absent(transaction.connection, source, behind):
                await marked.tombstone(
                    record.topic,
                    key=record.key,
                    subject=record.key,
                    sequence=_above(record.sequence, transaction.epoch),
                    type=record.type,
                    partition_key=record.partition_key,
                )
                erased += 1
        await transaction.connection.execute(ADVANCE, row["id"], ERASING, behind[-1].place, 0, erased)
        return True

    def _erasable(self, row: asyncpg.Record) -> list[Told]:
        """List what may have to be erased, in an order that holds over restarts."""
        if row["scope"] is not None or row["since"] is not None:
            return []  # of what is not there it cannot be told to whom it belonged, and when
        strays = [Told(each["topic"], each["type"], each["key"], each["sequence"], None) for each in row["strays"]]
        told = {(record.topic, record.type, record.key): record for record in strays}
        for record in self._told.get(row["id"], []):
            place = record.topic, record.type, record.key
            told[place] = record if place not in told else record.at_least(told[place].sequence)
        chosen = None if row["keys"] is None else {*row["keys"], *(record.key for record in strays)}
        return sorted(
            (record for record in told.values() if chosen is None or record.key in chosen), key=lambda each: each.place
        )


def records_of(sources: Iterable[StateSource]) -> dict[str, set[str]]:
    """Tell the message types of all of them by topic."""
    records: dict[str, set[str]] = {}
    for source in sources:
        for topic, types in source.records.items():
            records.setdefault(topic, set()).update(types)
    return records


async def _absent(connection: Connection, source: StateSource, records: Iterable[Told]) -> list[Told]:
    """Tell of which of these records the source has nothing in its database."""
    absent: list[Told] = []
    of_type: dict[str, list[Told]] = {}
    for record in records:
        if record.type in source.records.get(record.topic, ()):
            of_type.setdefault(record.type, []).append(record)
    for message_type, told in of_type.items():
        present = await source.present(connection, message_type, [record.key for record in told])
        absent += [record for record in told if record.key not in present]
    return absent


def _above(sequence: int, epoch: int) -> int:
    """Give the version, to be told in ``epoch``, that readers of this sequence take: the same, or a later epoch's."""
    return max(sequence - epoch * EPOCH, sequence % EPOCH)
