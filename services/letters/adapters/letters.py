"""Letters in PostgreSQL and on letters' topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.transaction import Transaction
from contracts import topics
from contracts.envelope import Envelope
from services.letters.adapters import messages
from services.letters.domain.codes import DispatchFailure, DispatchStatus, Failure, Kind, Language
from services.letters.domain.dispatch import Dispatch, DispatchStep
from services.letters.domain.letter import Change, Document, Letter

COVERED = "SELECT running_number FROM covered_person WHERE list_id = $1"

ADD = """
INSERT INTO letter (letter_id, version, kind, municipality_id, list_id, persons, placed_on, planned_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

ADD_TO_QUEUE = """
INSERT INTO letter_queue (letter_id, stage, due_at, cause)
SELECT letter_id, 'waiting', $2, $3 FROM unnest($1::text[]) AS new (letter_id)
"""

COVER = """
INSERT INTO covered_person (list_id, running_number, decision_id)
SELECT $1, running_number, $3 FROM unnest($2::int[]) AS placed (running_number)
"""

EXISTS = "SELECT 1 FROM letter WHERE letter_id = $1"

LOCK = """
SELECT letter_id, version, kind, municipality_id, list_id, persons, placed_on, planned_at, language, object_key, sha256,
       size, created_at, failure, reference, handed_over_at, statuses, dispatch_failure, attempt, earlier
FROM letter WHERE letter_id = $1 FOR UPDATE
"""

SAVE = """
UPDATE letter
SET version = $2, language = $3, object_key = $4, sha256 = $5, size = $6, created_at = $7, failure = $8,
    reference = $9, handed_over_at = $10, statuses = $11, dispatch_failure = $12, attempt = $13, earlier = $14,
    persons = $15
WHERE letter_id = $1
"""

CAUSE = "SELECT cause FROM letter_queue WHERE letter_id = $1"


@dataclass(frozen=True, slots=True)
class PgLetters:
    """The letters, over one transaction."""

    transaction: Transaction

    async def covered(self, list_id: str) -> frozenset[int]:
        """Tell which persons of a list have their letters, planned or made."""
        rows = await self.transaction.connection.fetch(COVERED, list_id)
        return frozenset(row["running_number"] for row in rows)

    async def add(self, planned: Sequence[Change]) -> None:
        """Keep and publish new letters; the persons of a placement decision are covered from now on."""
        if not planned:
            return
        connection, letters = self.transaction.connection, [letter for letter, _ in planned]
        await connection.executemany(ADD, [_new_row(letter) for letter in letters])
        cause = self.transaction.cause
        await connection.execute(
            ADD_TO_QUEUE,
            [letter.letter_id for letter in letters],
            self.transaction.now,
            _cause_to_json(cause) if cause else None,
        )
        for letter in letters:
            if letter.kind is Kind.PLACEMENT_DECISION:
                await connection.execute(COVER, letter.list_id, list(letter.persons), letter.letter_id)
        for change in planned:
            await _publish(self.transaction, change)

    async def exists(self, letter_id: str) -> bool:
        """Tell whether there is such a letter."""
        return await self.transaction.connection.fetchval(EXISTS, letter_id) is not None

    async def lock(self, letter_id: str) -> Letter:
        """Read a letter, locked until the transaction ends."""
        row = await self.transaction.connection.fetchrow(LOCK, letter_id)
        assert row is not None, "letters are never deleted"
        return letter_from(row)

    async def save(self, change: Change) -> None:
        """Keep and publish a change of a letter that is locked, as an effect of what the letter followed from."""
        letter, _ = change
        document, dispatch = letter.document, letter.dispatch or Dispatch()
        connection = self.transaction.connection
        await connection.execute(
            SAVE,
            letter.letter_id,
            letter.version,
            letter.language,
            document and document.object_key,
            document and document.sha256,
            document and document.size,
            document and document.created_at,
            letter.failure,
            dispatch.reference,
            dispatch.handed_over_at,
            _steps_to_json(dispatch),
            dispatch.failure,
            letter.attempt,
            [_dispatch_to_json(each) for each in letter.earlier],
            list(letter.persons),
        )
        cause = await connection.fetchval(CAUSE, letter.letter_id)
        transaction = self.transaction
        if cause is not None:
            transaction = transaction.caused_by(_cause_from_json(cause), transaction.now)
        await _publish(transaction, change)


async def _publish(transaction: Transaction, change: Change) -> None:
    letter, event = change
    await transaction.publish(
        topics.LETTERS_EVENTS.name,
        messages.event(letter, event),
        key=letter.municipality_id,
        subject=letter.letter_id,
        sequence=letter.version,
    )
    await publish_state(transaction, letter)


async def publish_state(transaction: Transaction, letter: Letter) -> None:
    """Publish a letter as it stands."""
    await transaction.publish(
        topics.LETTERS_STATE.name,
        messages.state(letter),
        key=letter.letter_id,
        subject=letter.letter_id,
        sequence=letter.version,
        partition_key=letter.list_id,
    )


def _new_row(letter: Letter) -> tuple[object, ...]:
    return (
        letter.letter_id,
        letter.version,
        letter.kind,
        letter.municipality_id,
        letter.list_id,
        list(letter.persons),
        letter.placed_on,
        letter.planned_at,
    )


def letter_from(row: asyncpg.Record) -> Letter:
    """Read a letter from a row with all its columns."""
    document = None
    if row["object_key"] is not None:
        document = Document(row["object_key"], row["sha256"], row["size"], row["created_at"])
    return Letter(
        letter_id=row["letter_id"],
        version=row["version"],
        kind=Kind(row["kind"]),
        municipality_id=row["municipality_id"],
        list_id=row["list_id"],
        persons=tuple(row["persons"]),
        placed_on=row["placed_on"],
        planned_at=row["planned_at"],
        language=row["language"] and Language(row["language"]),
        document=document,
        failure=row["failure"] and Failure(row["failure"]),
        dispatch=_dispatch(row),
        attempt=row["attempt"],
        earlier=tuple(_dispatch_from_json(each) for each in row["earlier"]),
    )


def _dispatch(row: asyncpg.Record) -> Dispatch | None:
    if row["reference"] is None and row["dispatch_failure"] is None:
        return None
    return Dispatch(
        reference=row["reference"],
        handed_over_at=row["handed_over_at"],
        history=_steps_from_json(row["statuses"]),
        failure=row["dispatch_failure"] and DispatchFailure(row["dispatch_failure"]),
    )


def _steps_to_json(dispatch: Dispatch) -> list[dict[str, str]]:
    return [{"status": step.status, "at": step.at.isoformat()} for step in dispatch.history]


def _steps_from_json(steps: Sequence[dict[str, str]]) -> tuple[DispatchStep, ...]:
    return tuple(DispatchStep(DispatchStatus(step["status"]), datetime.fromisoformat(step["at"])) for step in steps)


def _dispatch_to_json(dispatch: Dispatch) -> dict[str, Any]:
    """Write an attempt that is over, as the state tells it."""
    at = dispatch.handed_over_at
    return {
        "status": dispatch.status,
        "reference": dispatch.reference,
        "handed_over_at": at and at.isoformat(),
        "history": _steps_to_json(dispatch),
        "failure": dispatch.failure,
    }


def _dispatch_from_json(values: dict[str, Any]) -> Dispatch:
    return Dispatch(
        reference=values["reference"],
        handed_over_at=values["handed_over_at"] and datetime.fromisoformat(values["handed_over_at"]),
        history=_steps_from_json(values["history"]),
        failure=values["failure"] and DispatchFailure(values["failure"]),
    )


def _cause_to_json(cause: Envelope) -> dict[str, Any]:
    return {
        "id": cause.id,
        "source": cause.source,
        "type": cause.type,
        "subject": cause.subject,
        "time": cause.time.isoformat(),
        "correlation_id": cause.correlation_id,
        "traceparent": cause.traceparent,
    }


def _cause_from_json(values: dict[str, Any]) -> Envelope:
    return Envelope(**{**values, "time": datetime.fromisoformat(values["time"])})
