"""What operators have done with parked messages and refused rows: kept for good, ids and reasons only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.storage.database import Connection

RECORD = """
INSERT INTO dead_letter_action
    (queue, action, dead_letter_id, reader, subject, message_id, done_by, reason, error, request)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""

# A request's own row tells what came of it; the rows of its messages have come of it.
HISTORY = """
SELECT done.id, done.queue, done.action, done.dead_letter_id, done.reader, done.subject, done.message_id, done.done_by,
       done.reason, done.error, done.done_at, done.request, asked.finished_at, asked.handled, asked.remaining,
       asked.error AS stopped_by
FROM dead_letter_action AS done
LEFT JOIN redrive_request AS asked ON asked.id = done.request AND done.action IN ('dry-run', 'redrive')
WHERE ($1::bigint IS NULL OR (done.dead_letter_id = $1 AND done.queue = 'dead-letters'))
  AND ($2::text IS NULL OR done.subject = $2)
  AND ($3::text IS NULL OR done.reader = $3)
ORDER BY done.id DESC
LIMIT $4
"""


class Queue(StrEnum):
    """Where the message was."""

    DEAD_LETTERS = "dead-letters"
    OUTBOX_ASIDE = "outbox-aside"


class Action(StrEnum):
    """What was done."""

    SHOWN = "shown"
    """What it says was shown to whoever did it."""
    DRY_RUN = "dry-run"
    """A dry run of its subject was asked for; the id is that of the subject's first message."""
    REDRIVE = "redrive"
    """A redrive of its subject was asked for; likewise."""
    REDRIVEN = "redriven"
    """It had its effect, or was rejected back to its sender."""
    FAILED = "failed"
    """It was tried again, and failed again."""
    DISCARDED = "discarded"
    """It was given up for good."""
    ERASED = "erased"
    """What it said is erased with what was known of its subject; it has had no effect, and will have none."""
    RELEASED = "released"
    """It is to be sent after all."""


@dataclass(frozen=True, slots=True)
class What:
    """The message that something was done with. reader: its consumer group, or its topic where it is to be sent."""

    queue: Queue
    id: int
    reader: str
    subject: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of a request. handled: messages done, or in a dry run: that would be."""

    handled: int
    remaining: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done. ``outcome``: of a request that is finished."""

    what: What
    action: Action
    by: str
    reason: str | None
    error: str | None
    at: datetime
    request: int | None
    outcome: Outcome | None


async def record(
    connection: Connection,
    what: What,
    action: Action,
    *,
    by: str,
    reason: str | None = None,
    error: str | None = None,
    request: int | None = None,
) -> None:
    """Write down what is done, in the transaction that does it."""
    await connection.execute(
        RECORD,
        *(what.queue, action, what.id, what.reader, what.subject, what.message_id, by, reason, error, request),
    )


async def history(
    connection: Connection,
    *,
    letter: int | None = None,
    subject: str | None = None,
    reader: str | None = None,
    most: int = 100,
) -> list[Done]:
    """List what was done, the latest first: all of it, or of one parked message, subject or reader."""
    return [
        Done(
            What(Queue(row["queue"]), row["dead_letter_id"], row["reader"], row["subject"], row["message_id"]),
            Action(row["action"]),
            row["done_by"],
            row["reason"],
            row["error"],
            row["done_at"],
            row["request"],
            None if row["finished_at"] is None else Outcome(row["handled"], row["remaining"], row["stopped_by"]),
        )
        for row in await connection.fetch(HISTORY, letter, subject, reader, most)
    ]
