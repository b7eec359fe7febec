"""Outcomes of commands: published, and kept so that a repeated command gets the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chassis.storage.database import Connection, rows_of
from chassis.storage.outbox import Outgoing
from chassis.storage.transaction import Transaction
from contracts.envelope import Envelope, Message

# The first outcome of a command stands.
STORE = """
INSERT INTO command_outcome (command_id, topic, key, type, subject, sequence, body, stored_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[],
                     $8::timestamptz[])
ON CONFLICT (command_id) DO NOTHING
"""

FIND = "SELECT topic, key, type, subject, sequence, body FROM command_outcome WHERE command_id = $1"

FORGET = """
DELETE FROM command_outcome WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM command_outcome WHERE stored_at < $1 ORDER BY stored_at LIMIT $2 FOR UPDATE SKIP LOCKED
))
"""


async def store(
    transaction: Transaction,
    command_id: str,
    topic: str,
    key: str,
    body: Message,
    *,
    subject: str | None = None,
    sequence: int | None = None,
) -> None:
    """Publish the outcome and keep it, with others of the chunk. ``subject`` defaults to the command's id."""
    about = subject or command_id
    identity = _message_id(command_id)
    await transaction.publish(topic, body, key=key, subject=about, sequence=sequence, message_id=identity)
    row = (
        command_id,
        topic,
        key,
        body.message_type,
        about,
        sequence,
        body.model_dump_json(by_alias=True).encode(),
        transaction.now,
    )
    transaction.units.of(Outcomes).rows.append(row)


@dataclass(slots=True)
class Outcomes:
    """The outcomes of a chunk's commands, written together."""

    connection: Connection
    rows: list[tuple[object, ...]] = field(default_factory=list)

    async def flush(self) -> None:
        """Write those that are not written."""
        if self.rows:
            await self.connection.execute(STORE, *zip(*self.rows, strict=True))
            self.rows.clear()

    def forget(self) -> None:
        """Forget them."""
        self.rows.clear()


async def repeat(transaction: Transaction, command_id: str) -> bool:
    """Publish the kept outcome again, with the same message id; False where there is none."""
    await transaction.units.of(Outcomes).flush()
    row = await transaction.connection.fetchrow(FIND, command_id)
    if row is None:
        return False
    cause = transaction.cause
    envelope = Envelope(
        id=_message_id(command_id),
        source=transaction.source,
        type=row["type"],
        subject=row["subject"],
        time=transaction.now,
        sequence=row["sequence"],
        correlation_id=(cause.correlation_id or cause.id) if cause else None,
        causation_id=cause.id if cause else None,
    )
    transaction.send(Outgoing(row["topic"], row["key"], envelope, row["body"]))
    return True


def _message_id(command_id: str) -> str:
    return f"outcome:{command_id}"


async def forget_before(connection: Connection, time: datetime, most: int) -> int:
    """Forget outcomes stored before ``time``, the oldest first; returns how many."""
    return rows_of(await connection.execute(FORGET, time, most))
