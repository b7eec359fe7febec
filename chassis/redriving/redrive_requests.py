"""What operators ask a service's own process to redrive, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from chassis.storage import operators
from chassis.storage.database import Connection
from chassis.storage.operators import Action, Queue, What
from chassis.validation import FieldError

FIRST = "SELECT id, message_id FROM dead_letter WHERE reader = $1 AND subject = $2 ORDER BY id LIMIT 1"
ASK = """
INSERT INTO redrive_request (reader, subject, dry_run, requested_by, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
RESULT = """
SELECT finished_at, handled, remaining, error, failed_letter, failed_fields FROM redrive_request WHERE id = $1
"""
NEXT = """
SELECT id, reader, subject, dry_run, requested_by, reason
FROM redrive_request WHERE finished_at IS NULL ORDER BY id LIMIT 1
"""
FINISH = """
UPDATE redrive_request
SET finished_at = now(), handled = $2, error = $3, failed_letter = $4, failed_fields = $5, remaining = $6
WHERE id = $1
"""
REMAINING = "SELECT count(*) FROM dead_letter WHERE reader = $1 AND subject = $2"


@dataclass(frozen=True, slots=True)
class RedriveRequest:
    """A redrive that was asked for, of one reader's subject."""

    id: int
    reader: str
    subject: str
    dry_run: bool
    by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class RedriveResult:
    """What came of a redrive. ``handled``: messages done (in a dry run: that would be); ``error``: what stopped it.

    failed: the parked message that stopped it. fields: what is wrong in it.
    """

    handled: int
    remaining: int
    error: str | None
    failed: int | None = None
    fields: Sequence[FieldError] = field(default_factory=list)


async def ask(
    connection: Connection, reader: str, subject: str, *, by: str, dry_run: bool, reason: str | None = None
) -> int | None:
    """Ask the service's own process to handle a subject's messages in order; returns the request's id.

    None where nothing of the subject is parked.
    """
    async with connection.transaction():
        first = await connection.fetchrow(FIRST, reader, subject)
        if first is None:
            return None
        request = int(await connection.fetchval(ASK, reader, subject, dry_run, by, reason))
        what = What(Queue.DEAD_LETTERS, first["id"], reader, subject, first["message_id"])
        action = Action.DRY_RUN if dry_run else Action.REDRIVE
        await operators.record(connection, what, action, by=by, reason=reason, request=request)
        return request


async def result(connection: Connection, request: int) -> RedriveResult | None:
    """Look what came of a request; None while it is not done."""
    row = await connection.fetchrow(RESULT, request)
    if row is None or row["finished_at"] is None:
        return None
    fields = [FieldError(**problem) for problem in row["failed_fields"] or ()]
    return RedriveResult(row["handled"], row["remaining"], row["error"], row["failed_letter"], fields)


async def remaining(connection: Connection, reader: str, subject: str) -> int:
    """Count what is parked of a subject."""
    return int(await connection.fetchval(REMAINING, reader, subject))


async def next_request(connection: Connection) -> RedriveRequest | None:
    """Give the earliest request that is not done."""
    row = await connection.fetchrow(NEXT)
    return None if row is None else RedriveRequest(*row)


async def finish(connection: Connection, request: RedriveRequest, result: RedriveResult) -> None:
    """Tell what came of a request."""
    fields = [asdict(problem) for problem in result.fields]
    await connection.execute(FINISH, request.id, result.handled, result.error, result.failed, fields, result.remaining)
