"""Papers that are to go, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chassis.redriving.erasure import erase_messages
from chassis.storage.transaction import Transaction
from contracts import topics
from services.letters.adapters.letters import letter_from
from services.letters.domain.letter import Letter

# The answer tells of everybody on the list.
ABOUT = """
SELECT letter_id FROM letter
WHERE list_id = $1 AND kind <> 'request' AND (persons && $2::integer[] OR kind = 'answer') AND erased_at IS NULL
ORDER BY letter_id
"""

OUTDATED = """
SELECT letter_id FROM letter
WHERE kind <> 'request' AND created_at < $1 AND erased_at IS NULL
ORDER BY created_at, letter_id LIMIT $2
"""

PUT = """
INSERT INTO letter_erasure (letter_id, due_at) VALUES ($1, $2)
ON CONFLICT (letter_id) DO UPDATE SET due_at = excluded.due_at
"""

# Neither made nor sent any more. Who has it in hand finds its claim no longer open, or the letter erased.
STOP_MAKING = "UPDATE letter_queue SET stage = 'settled' WHERE letter_id = $1 AND stage <> 'settled'"
STOP_SENDING = "UPDATE letter_dispatch SET stage = 'settled' WHERE letter_id = $1 AND stage = 'to_send'"

DUE = """
SELECT letter.* FROM letter_erasure JOIN letter USING (letter_id) WHERE due_at <= $1
ORDER BY due_at, letter_id LIMIT $2 FOR UPDATE OF letter_erasure SKIP LOCKED
"""

DONE = "DELETE FROM letter_erasure WHERE letter_id = $1"

TOPICS = (topics.DISTRIBUTION_ANSWERS.name, topics.PERSON_FOLDERS.name)
"""Whose messages may tell of a person more than ids and codes."""


@dataclass(frozen=True, slots=True)
class PgErasures:
    """What is to go, over one transaction."""

    transaction: Transaction

    async def forget_messages(self, list_id: str, persons: Collection[int], why: str) -> None:
        """Erase messages about them that failed here."""
        subjects = [list_id, *(f"{list_id}/{number}" for number in persons)]
        await erase_messages(self.transaction.connection, subjects, TOPICS, why=why)

    async def about(self, list_id: str, persons: Collection[int]) -> list[str]:
        """Tell the papers of the list that are about one of them, the answer among them."""
        rows = await self.transaction.connection.fetch(ABOUT, list_id, list(persons))
        return [row["letter_id"] for row in rows]

    async def outdated(self, made_before: datetime, most: int) -> list[str]:
        """Tell papers of lists that were made before then, the oldest first."""
        return [row["letter_id"] for row in await self.transaction.connection.fetch(OUTDATED, made_before, most)]

    async def put(self, letter_id: str, due_at: datetime) -> None:
        """Have the letter's objects deleted from then on; it is neither made nor sent any more."""
        connection = self.transaction.connection
        await connection.execute(STOP_MAKING, letter_id)
        await connection.execute(STOP_SENDING, letter_id)
        await connection.execute(PUT, letter_id, due_at)

    async def due(self, most: int) -> list[Letter]:
        """Tell letters whose objects are to be deleted now; locked, so that nobody else does."""
        rows = await self.transaction.connection.fetch(DUE, self.transaction.now, most)
        return [letter_from(row) for row in rows]

    async def put_off(self, letter_id: str, due_at: datetime) -> None:
        """Have it tried again later."""
        await self.transaction.connection.execute(PUT, letter_id, due_at)

    async def done(self, letter_id: str) -> None:
        """Note that the object store has none of it."""
        await self.transaction.connection.execute(DONE, letter_id)
