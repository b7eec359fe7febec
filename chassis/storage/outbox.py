"""Records that a transaction wants sent: written with its effects, sent by the relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from pydantic_core import to_json

from chassis.errors import EpochRaisedError
from chassis.storage.database import Connection, rows_of
from contracts.envelope import Envelope, header_texts

CHANNEL = "outbox"
"""Channel on which other processes tell the relay's leader that there are rows."""
WINDOW_BYTES = 4_000_000

# Identity values are given in the order of the rows: the relay sends by id.
INSERT = """
INSERT INTO outbox (topic, key, partition_key, subject, headers, value)
SELECT topic, key, partition_key, subject, headers::jsonb, value
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[])
     WITH ORDINALITY AS row (topic, key, partition_key, subject, headers, value, position)
WHERE $7::integer IS NULL OR $7 = (SELECT epoch FROM sequence_epoch)
ORDER BY position
"""

# In the order of ids, without what is on its way, and what must wait: topics that are not there, subjects with a row
# set aside. NOT IN is a filter beside the index scan; a join would sort a long outbox anew for each window, whenever
# the table was empty when its statistics were taken.
WINDOW = """
SELECT id, topic, key, partition_key, subject, headers, value, created_at
FROM (
    SELECT id, topic, key, partition_key, subject, headers, value, created_at,
           sum(coalesce(octet_length(value), 0)) OVER (ORDER BY id) - coalesce(octet_length(value), 0) AS bytes_before
    FROM (
        SELECT * FROM outbox
        WHERE topic <> ALL ($2)
          AND (topic, subject) NOT IN (SELECT topic, subject FROM outbox_aside)
          AND id NOT IN (SELECT unnest($4::bigint[]))
        ORDER BY id LIMIT $1
    ) AS first_rows
) AS measured
WHERE bytes_before < $3
ORDER BY id
"""
# State is not kept: it is told again from what it is about.
SENT = """
WITH sent AS (DELETE FROM outbox WHERE id = ANY($1) RETURNING *)
INSERT INTO outbox_sent (id, topic, key, partition_key, subject, headers, value, created_at)
SELECT id, topic, key, partition_key, subject, headers, value, created_at FROM sent WHERE topic <> ALL ($2)
ON CONFLICT (id) DO NOTHING
"""
PUT_ASIDE = """
WITH refused AS (DELETE FROM outbox WHERE id = $1 RETURNING *)
INSERT INTO outbox_aside (id, topic, key, partition_key, subject, headers, value, created_at, error)
SELECT id, topic, key, partition_key, subject, headers, value, created_at, $2 FROM refused
"""

# How much waits: counted up to a number, so that a long outbox is not read for it.
DEPTH = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) AS first_rows) AS depth,
       coalesce(extract(epoch FROM now() - (SELECT created_at FROM outbox ORDER BY id LIMIT 1)), 0)::float8 AS age,
       (SELECT count(*) FROM outbox_aside) AS aside
"""

ASIDE = """
SELECT id, topic, subject, headers ->> 'ce_id', headers ->> 'ce_type', coalesce(octet_length(value), 0), error,
       aside_at,
       (SELECT count(*) FROM outbox WHERE outbox.topic = outbox_aside.topic AND outbox.subject = outbox_aside.subject)
FROM outbox_aside ORDER BY id
"""
DISCARD = "DELETE FROM outbox_aside WHERE id = $1 RETURNING id"

FORGET_SENT = """
DELETE FROM outbox_sent WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM outbox_sent WHERE created_at < $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
))
"""

# With its old id: before the rows of its subject that wait for it.
RELEASE = """
WITH released AS (DELETE FROM outbox_aside WHERE id = $1 RETURNING *)
INSERT INTO outbox (id, topic, key, partition_key, subject, headers, value, created_at)
OVERRIDING SYSTEM VALUE
SELECT id, topic, key, partition_key, subject, headers, value, created_at FROM released
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be sent. ``value`` None is a tombstone."""

    topic: str
    key: str
    envelope: Envelope
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How much of the outbox is unsent. ``age``: seconds the oldest row has waited; ``aside``: rows put aside."""

    rows: int
    age: float
    aside: int


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that Kafka refused for good. size: bytes of its body. behind: later rows that wait for it."""

    id: int
    topic: str
    subject: str
    message_id: str
    type: str
    size: int
    error: str
    aside_at: datetime
    behind: int


async def insert(connection: Connection, records: Sequence[Outgoing], epoch: int | None = None) -> None:
    """Write the records in their order; one statement. Raises EpochRaisedError where ``epoch`` is not the present."""
    written = await connection.execute(
        INSERT,
        [record.topic for record in records],
        [record.key for record in records],
        [record.envelope.partition_key for record in records],
        [record.envelope.subject for record in records],
        [headers_to_json(record.envelope) for record in records],
        [record.value for record in records],
        epoch,
    )
    if written != f"INSERT 0 {len(records)}":
        raise EpochRaisedError


async def window(
    connection: Connection, most: int, *, without: Sequence[str] = (), in_hand: Sequence[int] = ()
) -> Sequence[asyncpg.Record]:
    """Read what is to be sent next, in order: at most so many rows, and 4 MB but for a single larger one.

    without: topics whose rows are to wait. in_hand: rows that are on their way.
    """
    return await connection.fetch(WINDOW, most, without, WINDOW_BYTES, in_hand)


async def sent(connection: Connection, rows: Sequence[int], state_topics: Sequence[str]) -> None:
    """Take out rows that Kafka has. Those of other topics than these are kept for the day on which it has them not."""
    await connection.execute(SENT, rows, state_topics)


async def put_aside(connection: Connection, row: int, error: str) -> None:
    """Put a row aside that Kafka refuses for good; later ones of its topic and subject wait for it."""
    await connection.execute(PUT_ASIDE, row, error)


async def depth(connection: Connection, *, most: int = 10_001) -> Depth:
    """Measure what is unsent now; rows are counted up to ``most``."""
    row = await connection.fetchrow(DEPTH, most)
    assert row is not None
    return Depth(row["depth"], row["age"], row["aside"])


async def aside(connection: Connection) -> list[Aside]:
    """List the rows put aside."""
    return [Aside(*row) for row in await connection.fetch(ASIDE)]


async def release_aside(connection: Connection, row: int) -> bool:
    """Have a row that was put aside sent after all, before those that waited for it. False where there is none such."""
    return await connection.fetchval(RELEASE, row) is not None


async def discard_aside(connection: Connection, row: int) -> bool:
    """Give a row that was put aside up for good. False where there is none such."""
    return await connection.fetchval(DISCARD, row) is not None


async def forget_sent_before(connection: Connection, time: datetime, most: int) -> int:
    """Forget what was made before ``time`` and has been sent, the oldest first; returns how many."""
    return rows_of(await connection.execute(FORGET_SENT, time, most))


def headers_to_json(envelope: Envelope) -> str:
    """Write the envelope's Kafka headers as a JSON object."""
    return to_json(header_texts(envelope)).decode()


def headers_from_json(headers: dict[str, str]) -> list[tuple[str, bytes]]:
    """Read Kafka headers from what the table holds."""
    return [(name, value.encode()) for name, value in headers.items()]
