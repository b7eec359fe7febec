"""The sequenced dead-letter queue: a message that fails, and those behind it of the same subject, wait in PostgreSQL.

A subject with a row in ``parked_subject`` is held up. Who parks behind it shares that row's lock and who redrives
takes it alone, so a message is either behind the others or comes after they are done.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import asyncpg

from chassis.reading.decoding import Incoming
from chassis.reading.subscriptions import Record
from chassis.storage import operators
from chassis.storage.database import Connection
from chassis.storage.operators import Action, Queue, What
from chassis.storage.transaction import Transaction
from chassis.validation import FieldError
from contracts.failures import MessageFailed

# The subjects travel as one JSON text: asked for every chunk, and an array costs asyncpg a look at each element.
PARKED = """
SELECT subject FROM parked_subject
WHERE reader = $1 AND subject IN (SELECT json_array_elements_text($2::text::json)) ORDER BY subject FOR KEY SHARE
"""

HOLD_UP = """
INSERT INTO parked_subject (reader, subject, parked_at) VALUES ($1, $2, $3)
ON CONFLICT (reader, subject) DO NOTHING
"""

PARK = """
INSERT INTO dead_letter (reader, subject, topic, partition, record_offset, record_timestamp, key, headers, value,
                         message_id, type, error, fields, behind, passing, parked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (reader, topic, partition, record_offset, record_timestamp) DO NOTHING
RETURNING id
"""

LIST = """
SELECT id, reader, subject, topic, partition, record_offset, message_id, type, error, fields, behind, tries, parked_at
FROM dead_letter
WHERE ($1::text IS NULL OR reader = $1) AND ($2::text IS NULL OR subject = $2)
ORDER BY reader, subject, id
LIMIT $3
"""

HELD_UP = """
SELECT reader, subject, count(*) AS letters FROM dead_letter
WHERE ($1::text IS NULL OR reader = $1) AND ($2::text IS NULL OR subject = $2)
GROUP BY reader, subject ORDER BY reader, min(id)
"""

COUNT = "SELECT count(*) FROM dead_letter"

FIND = "SELECT * FROM dead_letter WHERE id = $1"
LOCK_SUBJECT = "SELECT FROM parked_subject WHERE reader = $1 AND subject = $2 FOR UPDATE"
HEAD = "SELECT * FROM dead_letter WHERE reader = $1 AND subject = $2 AND id > $3 ORDER BY id LIMIT 1"
DELETE = "DELETE FROM dead_letter WHERE id = $1 RETURNING reader, subject, message_id"
RELEASE = """
DELETE FROM parked_subject WHERE reader = $1 AND subject = $2
AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE reader = $1 AND subject = $2)
"""
FAILED_AGAIN = """
UPDATE dead_letter SET tries = tries + 1, error = $2, fields = $3, behind = false, passing = $4 WHERE id = $1
RETURNING reader, subject, message_id
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parked message without its payload. ``behind``: sound itself, but behind an earlier one."""

    id: int
    reader: str
    subject: str
    topic: str
    partition: int
    offset: int
    message_id: str | None
    type: str | None
    error: str
    fields: list[FieldError]
    behind: bool
    tries: int
    parked_at: datetime


async def parked(connection: Connection, reader: str, subjects: Sequence[str]) -> set[str]:
    """Tell which of the subjects are held up; they stay so until this transaction ends."""
    rows = await connection.fetch(PARKED, reader, json.dumps(list(set(subjects))))
    return {row["subject"] for row in rows}


async def park(
    transaction: Transaction,
    service: str,
    reader: str,
    item: Incoming,
    error: str,
    *,
    behind: bool = False,
    passing: bool = False,
) -> int | None:
    """Put a message away, hold up its subject and announce the failure on ``<service>.failures.v1``.

    passing: whether it failed for something that passes by itself (``chassis.redriving.again``).
    Returns the dead letter's id; None where the record is parked already.
    """
    connection, record = transaction.connection, item.record
    await connection.execute(HOLD_UP, reader, item.subject, transaction.now)
    message_id = item.envelope.id if item.envelope else None
    kind = item.envelope.type if item.envelope else None
    letter = await connection.fetchval(
        PARK,
        *(reader, item.subject, record.topic, record.partition, record.offset, record.timestamp),
        *(record.key, _headers_to_bytes(record.headers), record.value, message_id, kind),
        *(error, [asdict(problem) for problem in item.errors], behind, passing, transaction.now),
    )
    if letter is None:
        return None
    failed = MessageFailed(
        dead_letter_id=letter,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        message_id=message_id,
        failed_type=kind,
        subject=item.subject,
        error=error,
        behind=behind,
        failed_at=transaction.now,
    )
    await transaction.caused_by(item.cause, transaction.now).publish(
        f"{service}.failures.v1",
        failed,
        key=(record.key or b"").decode(errors="replace").replace("\x00", "?"),
        subject=item.subject,
        sequence=None,
        message_id=f"failure:{reader}:{letter}",
    )
    return int(letter)


async def letters(
    connection: Connection, reader: str | None = None, subject: str | None = None, *, most: int = 1000
) -> list[DeadLetter]:
    """List what is parked: all, of one reader, or of one reader's subject; in the order of a redrive."""
    return [_letter(row) for row in await connection.fetch(LIST, reader, subject, most)]


async def find(connection: Connection, identity: int) -> tuple[DeadLetter, Record] | None:
    """Give one parked message, whole; None where there is none such."""
    row = await connection.fetchrow(FIND, identity)
    return None if row is None else (_letter(row), _record(row))


async def held_up(
    connection: Connection, reader: str | None = None, subject: str | None = None
) -> list[tuple[str, str, int]]:
    """List the subjects with parked messages, each reader's longest held up first: reader, subject, how many."""
    return [tuple(row) for row in await connection.fetch(HELD_UP, reader, subject)]


async def count(connection: Connection) -> int:
    """Count the parked messages."""
    return int(await connection.fetchval(COUNT))


async def discard(connection: Connection, identity: int, *, by: str, reason: str) -> bool:
    """Give a parked message up for good; those behind it wait on for a redrive. False where there is none such."""
    async with connection.transaction():
        found = await connection.fetchrow(FIND, identity)
        if found is None:
            return False
        await connection.execute(LOCK_SUBJECT, found["reader"], found["subject"])
        return await remove(connection, identity, Action.DISCARDED, by=by, reason=reason)


async def remove(
    connection: Connection,
    identity: int,
    action: Action,
    *,
    by: str,
    reason: str | None = None,
    request: int | None = None,
) -> bool:
    """Take a message out and record why; lets its subject go when it was the last. The subject's lock must be held."""
    row = await connection.fetchrow(DELETE, identity)
    if row is None:
        return False
    await operators.record(connection, _what(identity, row), action, by=by, reason=reason, request=request)
    await connection.execute(RELEASE, row["reader"], row["subject"])
    return True


async def failed_again(
    connection: Connection,
    identity: int,
    error: str,
    fields: Sequence[FieldError],
    *,
    passing: bool,
    by: str,
    reason: str | None,
    request: int,
) -> None:
    """Note why a redrive did not get beyond this message."""
    row = await connection.fetchrow(FAILED_AGAIN, identity, error, [asdict(problem) for problem in fields], passing)
    if row is not None:
        await operators.record(
            connection, _what(identity, row), Action.FAILED, by=by, reason=reason, error=error, request=request
        )


async def head(connection: Connection, reader: str, subject: str, after: int = 0) -> tuple[int, Record] | None:
    """Give the first parked message of a subject with an id above ``after``, and its id."""
    row = await connection.fetchrow(HEAD, reader, subject, after)
    return None if row is None else (row["id"], _record(row))


def _letter(row: asyncpg.Record) -> DeadLetter:
    return DeadLetter(
        **{name: row[name] for name in ("id", "reader", "subject", "topic", "partition", "message_id", "type")},
        **{name: row[name] for name in ("error", "behind", "tries", "parked_at")},
        offset=row["record_offset"],
        fields=[FieldError(**problem) for problem in row["fields"]],
    )


def _record(row: asyncpg.Record) -> Record:
    headers = _headers_from_bytes(row["headers"])
    return Record(
        row["topic"], row["partition"], row["record_offset"], row["record_timestamp"], row["key"], headers, row["value"]
    )


def _what(identity: int, row: asyncpg.Record) -> What:
    return What(Queue.DEAD_LETTERS, identity, row["reader"], row["subject"], row["message_id"])


def _headers_to_bytes(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Write headers as they came, also those that are no text."""
    pairs = [(name, None if value is None else b64encode(value).decode()) for name, value in headers]
    return json.dumps(pairs).encode()


def _headers_from_bytes(stored: bytes) -> list[tuple[str, bytes]]:
    return [(name, b64decode(value)) for name, value in json.loads(stored) if value is not None]
