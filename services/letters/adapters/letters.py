"""Letters in PostgreSQL and on letters' topics."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.seeing import traced
from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.envelope import Envelope
from services.letters.adapters import messages
from services.letters.adapters.letter_columns import (
    about_from_json,
    about_to_json,
    dispatch_from_json,
    dispatch_from_row,
    dispatch_to_json,
    steps_to_json,
)
from services.letters.domain.codes import Failure, Kind, Language
from services.letters.domain.dispatch import Dispatch
from services.letters.domain.letter import Change, Document, Letter
from services.letters.domain.planning import Decided

COVERED = "SELECT running_number FROM covered_person WHERE list_id = $1"

ADD = """
INSERT INTO letter (letter_id, version, kind, municipality_id, list_id, persons, placed_on, planned_at, about)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

ADD_TO_QUEUE = """
INSERT INTO letter_queue (letter_id, municipality_id, stage, due_at, cause)
SELECT letter_id, municipality_id, 'waiting', $3, $4
FROM unnest($1::text[], $2::text[]) AS new (letter_id, municipality_id)
"""

COVER = """
INSERT INTO covered_person (list_id, running_number, decision_id)
SELECT $1, running_number, $3 FROM unnest($2::int[]) AS placed (running_number)
"""

EXISTS = "SELECT 1 FROM letter WHERE letter_id = $1"

ASKED_BEFORE = "SELECT 1 FROM letter WHERE list_id = $1 AND kind = 'request' LIMIT 1"

# A further withdrawal takes out whom an earlier one left.
TAKE_BACK = """
UPDATE covered_person SET withdrawn = true WHERE list_id = $1 AND running_number = ANY($2) RETURNING decision_id
"""

DECIDED = """
SELECT letter.letter_id, letter.placed_on,
       coalesce(array_agg(running_number ORDER BY running_number) FILTER (WHERE NOT withdrawn), '{}') AS left_over
FROM covered_person JOIN letter ON letter.letter_id = covered_person.decision_id
WHERE covered_person.list_id = $1 AND decision_id = ANY($2)
GROUP BY letter.letter_id ORDER BY letter.letter_id
"""

READ = """
SELECT letter_id, version, kind, municipality_id, list_id, persons, placed_on, planned_at, language, object_key, sha256,
       size, created_at, failure, reference, handed_over_at, statuses, dispatch_failure, attempt, earlier, about,
       translation, erased_at, address_version
FROM letter WHERE letter_id = $1
"""

LOCK = f"{READ} FOR UPDATE"

LOCK_ALL = f"{READ.removesuffix('= $1' + chr(10))}= ANY($1) ORDER BY letter_id FOR UPDATE"

SAVE = """
UPDATE letter
SET version = $2, language = $3, object_key = $4, sha256 = $5, size = $6, created_at = $7, failure = $8,
    reference = $9, handed_over_at = $10, statuses = $11, dispatch_failure = $12, attempt = $13, earlier = $14,
    persons = $15, translation = $16, erased_at = $17, address_version = $18
WHERE letter_id = $1
"""

CAUSES = "SELECT letter_id, cause FROM letter_queue WHERE letter_id = ANY($1)"


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
            [letter.municipality_id for letter in letters],
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

    async def asked_before(self, case: str) -> bool:
        """Tell whether a request of this case has its letter, planned or made."""
        return await self.transaction.connection.fetchval(ASKED_BEFORE, case) is not None

    async def take_back(self, list_id: str, persons: Collection[int]) -> list[Decided]:
        """Remember that persons were withdrawn; tells of each decision about some of them whom it is still about."""
        connection = self.transaction.connection
        touched = {row["decision_id"] for row in await connection.fetch(TAKE_BACK, list_id, list(persons))}
        rows = await connection.fetch(DECIDED, list_id, sorted(touched))
        return [Decided(row["letter_id"], row["placed_on"], tuple(row["left_over"])) for row in rows]

    async def read(self, letter_id: str) -> Letter:
        """Read a letter as it is now, without a lock."""
        row = await self.transaction.connection.fetchrow(READ, letter_id)
        assert row is not None, "letters are never deleted"
        return letter_from(row)

    async def lock(self, letter_id: str) -> Letter:
        """Read a letter, locked until the transaction ends."""
        row = await self.transaction.connection.fetchrow(LOCK, letter_id)
        assert row is not None, "letters are never deleted"
        return letter_from(row)

    async def lock_all(self, letter_ids: Collection[str]) -> list[Letter]:
        """Read letters, locked until the transaction ends, in the order of their ids."""
        return [letter_from(row) for row in await self.transaction.connection.fetch(LOCK_ALL, list(letter_ids))]

    async def save(self, change: Change) -> None:
        """Keep and publish a change of a letter that is locked, as an effect of what the letter followed from."""
        await self.save_all([change], {})

    async def save_all(self, changes: Sequence[Change], traces: Mapping[str, str | None]) -> None:
        """Do so with several. ``traces``: what each goes on in, by its id, where it is not what it followed from."""
        if not changes:
            return
        await self.transaction.connection.executemany(SAVE, [_row(letter) for letter, _ in changes])
        causes = await causes_of(self.transaction, [letter.letter_id for letter, _ in changes], traces)
        for change in changes:
            await _publish(causes.get(change[0].letter_id, self.transaction), change)


async def causes_of(
    transaction: Transaction, letter_ids: Collection[str], traces: Mapping[str, str | None] | None = None
) -> dict[str, Transaction]:
    """See the transaction as one that follows from what each letter followed from; none of a letter without a cause.

    traces: what each goes on in, by its id; else in the errand in hand, else in what it followed from.
    """
    found = {}
    for row in await transaction.connection.fetch(CAUSES, list(letter_ids)):
        letter_id, cause = row["letter_id"], row["cause"]
        if cause is not None:
            here = (traces or {}).get(letter_id) or traced.here()
            envelope = _cause_from_json(cause | ({"traceparent": here} if here else {}))
            found[letter_id] = transaction.caused_by(envelope, transaction.now)
    return found


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


def _row(letter: Letter) -> tuple[object, ...]:
    document, dispatch = letter.document, letter.dispatch or Dispatch()
    return (
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
        steps_to_json(dispatch),
        dispatch.failure,
        letter.attempt,
        [dispatch_to_json(each) for each in letter.earlier],
        list(letter.persons),
        letter.translation,
        letter.erased_at,
        document and document.address_version,
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
        letter.about and about_to_json(letter.about),
    )


def letter_from(row: asyncpg.Record) -> Letter:
    """Read a letter from a row with all its columns."""
    document = None
    if row["object_key"] is not None:
        stored = (row["object_key"], row["sha256"], row["size"], row["created_at"])
        document = Document(*stored, address_version=row["address_version"])
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
        dispatch=dispatch_from_row(row),
        attempt=row["attempt"],
        earlier=tuple(dispatch_from_json(each) for each in row["earlier"]),
        about=row["about"] and about_from_json(Kind(row["kind"]), row["about"]),
        translation=row["translation"],
        erased_at=row["erased_at"],
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
        "origin": (cause.origin or cause.time).isoformat(),
    }


def _cause_from_json(values: dict[str, Any]) -> Envelope:
    origin = values.get("origin")  # not there in rows of an earlier release
    times = {"time": datetime.fromisoformat(values["time"]), "origin": origin and datetime.fromisoformat(origin)}
    return Envelope(**{**values, **times})
