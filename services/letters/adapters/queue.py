"""Letters on their way, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.storage.transaction import Transaction
from chassis.storage.waiting import Waiting
from services.letters.adapters.letters import letter_from
from services.letters.adapters.turns import TO_BE_MADE, next_turn
from services.letters.domain.codes import Failure
from services.letters.use_cases.ports import Claim

TASK = "make letter"

# Several of one municipality that become ready at once get one turn after the other.
MAKE_READY = f"""
WITH fresh AS (
    SELECT letter_id, municipality_id, row_number() OVER (PARTITION BY municipality_id ORDER BY letter_id) - 1 AS place
    FROM letter_queue WHERE letter_id = ANY($1) AND stage = 'waiting'
)
UPDATE letter_queue AS queue
SET stage = 'ready', due_at = $2, turn = {next_turn(TO_BE_MADE, "fresh.municipality_id")} + fresh.place
FROM fresh WHERE queue.letter_id = fresh.letter_id
"""  # noqa: S608  our own names

# Another process's claims are passed over. A claim is a due time in the future: who does not end the letter by then,
# or dies, leaves it to the next. One that was never claimed is due at once, also where the clock was ahead when it
# became ready and has been put right since.
CLAIM = """
WITH due AS (
    SELECT letter_id FROM letter_queue
    WHERE stage = 'ready' AND (due_at <= $1 OR claims = 0)
    ORDER BY turn, due_at, letter_id LIMIT $3
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE letter_queue AS queue SET due_at = $2, claims = queue.claims + 1, starts = queue.starts + 1
    FROM due WHERE queue.letter_id = due.letter_id
    RETURNING queue.letter_id, queue.claims, queue.starts, queue.turn, queue.cause ->> 'traceparent' AS traceparent
)
SELECT claimed.claims, claimed.starts, claimed.traceparent, letter.*
FROM claimed JOIN letter USING (letter_id) ORDER BY turn, letter_id
"""

DIED = """
UPDATE letter_queue SET due_at = $3, starts = 1, deaths = deaths + 1
WHERE letter_id = $1 AND claims = $2 AND stage = 'ready'
RETURNING deaths
"""

PUT_BACK = """
UPDATE letter_queue SET due_at = $3, starts = 0 WHERE letter_id = $1 AND claims = $2 AND stage = 'ready'
RETURNING letter_id
"""

SETTLE = """
UPDATE letter_queue SET stage = 'settled' WHERE letter_id = $1 AND claims = $2 AND stage = 'ready'
RETURNING letter_id
"""

SETTLE_ALL = """
UPDATE letter_queue AS queue SET stage = 'settled'
FROM unnest($1::text[], $2::int[]) AS claim (letter_id, token)
WHERE queue.letter_id = claim.letter_id AND queue.claims = claim.token AND queue.stage = 'ready'
RETURNING queue.letter_id
"""

AGAIN = "UPDATE letter_queue SET stage = 'ready', due_at = $2, starts = 1, deaths = 0 WHERE letter_id = $1"

RETRY_FAILED = """
UPDATE letter_queue AS queue SET stage = 'ready', due_at = $3, starts = 0
FROM letter
WHERE letter.letter_id = queue.letter_id AND letter.failure = $1 AND queue.stage = 'settled' AND queue.starts <= $2
RETURNING queue.letter_id
"""


@dataclass(frozen=True, slots=True)
class PgQueue:
    """The queue, over one transaction."""

    transaction: Transaction

    async def put(self, letter_id: str, needs: Sequence[tuple[str, int]]) -> bool:
        """Have a new letter wait for each (entity, least version); True where all is here and it is ready."""
        ready = await Waiting(self.transaction).put(letter_id, TASK, {"letter_id": letter_id}, needs)
        if ready:
            await self._make_ready([letter_id])
        return ready

    async def arrived(self, entity: str, version: int) -> int:
        """Make those letters ready that waited only for this; returns how many."""
        tasks = await Waiting(self.transaction).arrived(entity, version)
        if tasks:
            await self._make_ready([task.task_id for task in tasks])
        return len(tasks)

    async def _make_ready(self, letter_ids: Sequence[str]) -> None:
        await self.transaction.connection.execute(MAKE_READY, letter_ids, self.transaction.now)

    async def claim(self, limit: int, until: datetime) -> list[Claim]:
        """Claim ready letters, the municipalities in turn, each one's longest due first.

        One whose end is not recorded by ``until`` may be claimed again.
        """
        rows = await self.transaction.connection.fetch(CLAIM, self.transaction.now, until, limit)
        return [Claim(letter_from(row), row["claims"], row["starts"], row["traceparent"]) for row in rows]

    async def put_back(self, claim: Claim, not_before: datetime) -> bool:
        """Have a claimed letter made later, and forget its starts; False where the claim is no longer the last."""
        return await self._fetch(PUT_BACK, claim.letter.letter_id, claim.token, not_before)

    async def died(self, claim: Claim, not_before: datetime) -> int | None:
        """Have a letter made later of which a worker has died; tells of how many by now, None as in ``put_back``."""
        values = (claim.letter.letter_id, claim.token, not_before)
        deaths: int | None = await self.transaction.connection.fetchval(DIED, *values)
        return deaths

    async def settle(self, claim: Claim) -> bool:
        """Take a letter out: it is made, or will not be. False where the claim is no longer the last."""
        return await self._fetch(SETTLE, claim.letter.letter_id, claim.token)

    async def settle_all(self, claims: Sequence[Claim]) -> frozenset[str]:
        """Take letters out; tells of which ones the claim was the last."""
        if not claims:
            return frozenset()
        ids, tokens = [claim.letter.letter_id for claim in claims], [claim.token for claim in claims]
        return frozenset(row["letter_id"] for row in await self.transaction.connection.fetch(SETTLE_ALL, ids, tokens))

    async def _fetch(self, statement: str, *values: object) -> bool:
        return await self.transaction.connection.fetchval(statement, *values) is not None

    async def again(self, letter_id: str) -> None:
        """Have a letter made again, as one that was begun before: what was made of it is removed."""
        await self.transaction.connection.execute(AGAIN, letter_id, self.transaction.now)

    async def retry_failed(self, starts: int) -> int:
        """Make letters ready again that could not be rendered, but not those given up after ``starts`` starts."""
        found = await self.transaction.connection.fetch(
            RETRY_FAILED, Failure.CANNOT_BE_RENDERED, starts, self.transaction.now
        )
        return len(found)
