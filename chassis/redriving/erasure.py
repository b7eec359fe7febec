"""Erasing what the chassis' own tables hold of a subject: messages that failed, that could not be sent, or were sent.

By subject and topic, for the chassis knows nothing of what a message says. A topic of facts that hold ids alone is not
named by whoever erases: what failed there has still to have its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import asyncpg

from chassis.reading import dead_letters
from chassis.storage import operators
from chassis.storage.database import Connection
from chassis.storage.operators import Action, Queue, What

BY = "erasure"
"""Who did it, in the record of what was done with messages."""

# In one order: whoever redrives a subject holds its lock until its message is done.
LETTERS = """
SELECT id, reader, subject FROM dead_letter WHERE subject = ANY($1) AND topic = ANY($2) ORDER BY reader, subject, id
"""
ASIDE = """
DELETE FROM outbox_aside WHERE subject = ANY($1) AND topic = ANY($2)
RETURNING id, topic, subject, headers ->> 'ce_id' AS message_id
"""

# What is still to be sent before what was sent: a row that the relay moves meanwhile is found in the other table.
WORDS = (
    ("SELECT id, value FROM outbox WHERE topic = $1 AND subject = $2 AND value IS NOT NULL ORDER BY id FOR UPDATE",
     "UPDATE outbox SET value = $2 WHERE id = $1"),
    ("SELECT id, value FROM outbox_sent WHERE topic = $1 AND subject = $2 AND value IS NOT NULL ORDER BY id FOR UPDATE",
     "UPDATE outbox_sent SET value = $2 WHERE id = $1"),
)  # fmt: skip

HELD = """
SELECT 'dead_letter' AS place, count(*) AS rows FROM dead_letter WHERE subject = ANY($1) AND topic = ANY($2)
UNION ALL SELECT 'outbox_aside', count(*) FROM outbox_aside WHERE subject = ANY($1) AND topic = ANY($2)
UNION ALL SELECT 'outbox', count(*) FROM outbox WHERE subject = ANY($1) AND topic = ANY($2)
"""


@dataclass(frozen=True, slots=True)
class ErasedMessages:
    """How many messages are gone. ``failed``: dead letters; ``refused``: rows that Kafka had refused."""

    failed: int
    refused: int


async def erase_messages(
    connection: Connection, subjects: Collection[str], topics: Collection[str], *, why: str
) -> ErasedMessages:
    """Erase what failed, or could not be sent, about these subjects on these topics. It is never redriven or sent.

    That it was there, and was erased, stays in the record of what was done with messages: ids and ``why``, a code.
    """
    rows = await connection.fetch(LETTERS, sorted(subjects), sorted(topics))
    failed = 0
    for row in rows:
        await connection.execute(dead_letters.LOCK_SUBJECT, row["reader"], row["subject"])
        failed += await dead_letters.remove(connection, row["id"], Action.ERASED, by=BY, reason=why)
    refused: Sequence[asyncpg.Record] = await connection.fetch(ASIDE, sorted(subjects), sorted(topics))
    for row in refused:
        what = What(Queue.OUTBOX_ASIDE, row["id"], row["topic"], row["subject"], row["message_id"])
        await operators.record(connection, what, Action.ERASED, by=BY, reason=why)
    return ErasedMessages(failed, len(refused))


async def rewrite_sent(
    connection: Connection, topic: str, subject: str, rewrite: Callable[[bytes], bytes | None]
) -> int:
    """Have what was sent on a topic about a subject, or is about to be, say less; returns how many records do.

    rewrite: gives a record's new body; None: it stays. Sent again after a loss of Kafka it says what it says now.
    """
    changed = 0
    for read, write in WORDS:
        for row in await connection.fetch(read, topic, subject):
            value = rewrite(bytes(row["value"]))
            if value is not None:
                await connection.execute(write, row["id"], value)
                changed += 1
    return changed


async def held(connection: Connection, subjects: Collection[str], topics: Collection[str]) -> dict[str, int]:
    """Count what of it is still here, by table."""
    rows = await connection.fetch(HELD, sorted(subjects), sorted(topics))
    return {row["place"]: row["rows"] for row in rows}
