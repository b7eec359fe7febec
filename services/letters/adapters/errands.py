"""Letters on their way to their receivers, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.storage.transaction import Transaction
from services.letters.adapters.letters import letter_from
from services.letters.adapters.turns import TO_BE_SENT, next_turn
from services.letters.use_cases.ports import Errand

# Several of one municipality that are added at once get one turn after the other. One that was made anew has a row
# already: its claims go on from there, so that whoever claimed it before finds that claim no longer the last.
ADD = f"""
WITH fresh AS (
    SELECT letter_id, municipality_id, row_number() OVER (PARTITION BY municipality_id ORDER BY letter_id) - 1 AS place
    FROM letter WHERE letter_id = ANY($1)
)
INSERT INTO letter_dispatch (letter_id, stage, due_at, municipality_id, turn)
SELECT letter_id, 'to_send', $2, municipality_id, {next_turn(TO_BE_SENT, "fresh.municipality_id")} + place FROM fresh
ON CONFLICT (letter_id) DO UPDATE
SET stage = 'to_send', due_at = excluded.due_at, turn = excluded.turn, tries = 0, claims = letter_dispatch.claims + 1
"""  # noqa: S608  our own names

# An earlier claim's holder, if there is one, finds its claim no longer the last.
ADD_AGAIN = """
UPDATE letter_dispatch SET stage = 'to_send', due_at = $2, tries = 0, claims = claims + 1 WHERE letter_id = $1
"""


def _claiming(order: str) -> str:
    """Write the SQL that claims, in that order. ``order``: our own columns.

    As in the queue of letters to be made: another process's claims are passed over, a claim is a due time ahead, and
    what was never claimed is due at once.
    """
    return f"""
WITH due AS (
    SELECT letter_id FROM letter_dispatch
    WHERE stage = $4 AND (due_at <= $1 OR claims = 0)
    ORDER BY {order} LIMIT $3
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE letter_dispatch AS dispatch SET due_at = $2, claims = dispatch.claims + 1, tries = dispatch.tries + 1
    FROM due WHERE dispatch.letter_id = due.letter_id
    RETURNING dispatch.letter_id, dispatch.claims, dispatch.tries
)
SELECT claimed.claims, claimed.tries, letter_queue.cause ->> 'traceparent' AS traceparent, letter.*
FROM claimed JOIN letter USING (letter_id) LEFT JOIN letter_queue USING (letter_id) ORDER BY letter_id
"""  # noqa: S608  our own names


CLAIM_TO_SEND = _claiming("turn, due_at, letter_id")
# What is followed is asked for in large batches: there the longest due come first.
CLAIM_TO_FOLLOW = _claiming("due_at, letter_id")

PUT_BACK = "UPDATE letter_dispatch SET due_at = $3 WHERE letter_id = $1 AND claims = $2 RETURNING letter_id"

FOLLOW = """
UPDATE letter_dispatch SET stage = 'followed', due_at = $3, tries = 0 WHERE letter_id = $1 AND claims = $2
RETURNING letter_id
"""

SETTLE = "UPDATE letter_dispatch SET stage = 'settled' WHERE letter_id = $1 AND claims = $2 RETURNING letter_id"


@dataclass(frozen=True, slots=True)
class PgErrands:
    """The errands, over one transaction."""

    transaction: Transaction

    async def add(self, letter_ids: Sequence[str]) -> None:
        """Have letters sent that have been made; of one made anew no earlier claim is the last any more."""
        if letter_ids:
            await self.transaction.connection.execute(ADD, letter_ids, self.transaction.now)

    async def add_again(self, letter_id: str) -> None:
        """Have a letter sent once more that was settled, or is still looked after."""
        await self.transaction.connection.execute(ADD_AGAIN, letter_id, self.transaction.now)

    async def claim_to_send(self, limit: int, until: datetime) -> list[Errand]:
        """Claim letters to be sent, the municipalities in turn, until their end is recorded or ``until`` has come."""
        return await self._claim(CLAIM_TO_SEND, "to_send", limit, until)

    async def claim_to_follow(self, limit: int, until: datetime) -> list[Errand]:
        """Claim letters whose status is to be asked for, longest due first."""
        return await self._claim(CLAIM_TO_FOLLOW, "followed", limit, until)

    async def _claim(self, statement: str, stage: str, limit: int, until: datetime) -> list[Errand]:
        rows = await self.transaction.connection.fetch(statement, self.transaction.now, until, limit, stage)
        return [Errand(letter_from(row), row["claims"], row["tries"], until, row["traceparent"]) for row in rows]

    async def put_back(self, errand: Errand, due_at: datetime) -> bool:
        """Have it tried, or looked after, again later. False where the claim is no longer the last."""
        return await self._fetch(PUT_BACK, errand, due_at)

    async def follow(self, errand: Errand, due_at: datetime) -> bool:
        """Have its status asked for from then on, as one that has just come further. False as in ``put_back``."""
        return await self._fetch(FOLLOW, errand, due_at)

    async def settle(self, errand: Errand) -> bool:
        """Take it out: nothing more will happen with it. False as in ``put_back``."""
        return await self._fetch(SETTLE, errand)

    async def drop(self, errand: Errand) -> bool:
        """Take it out until the letter is made anew, and added again. False as in ``put_back``."""
        return await self._fetch(SETTLE, errand)

    async def _fetch(self, statement: str, errand: Errand, *values: object) -> bool:
        connection = self.transaction.connection
        return await connection.fetchval(statement, errand.letter.letter_id, errand.token, *values) is not None
