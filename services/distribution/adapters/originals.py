"""Records of IMDi's, kept as they came: those that were sent back, and those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg

from chassis.storage.transaction import Transaction
from chassis.storage.waiting import Waiting
from contracts import topics
from services.distribution.adapters import messages
from services.distribution.domain.problems import Problem
from services.distribution.use_cases.ports import Held, Original, Reoffer

REGISTER = "register of municipalities"
"""What waits for it names it so; its version is its size."""

KIND = "list of an unknown municipality"

# A record that comes again (its offset was not committed) has been sent back already.
REJECT = """
INSERT INTO rejected_original
    (topic, partition, record_offset, record_timestamp, message_id, key, headers, value,
     list_id, municipality_number, errors, rejected_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
RETURNING record_offset
"""

HAS = """
SELECT true FROM rejected_original
WHERE topic = $1 AND partition = $2 AND record_offset = $3 AND record_timestamp = $4
"""

FORGET = "WITH gone AS (DELETE FROM rejected_original WHERE rejected_at < $1 RETURNING 1) SELECT count(*) FROM gone"

HOLD = """
INSERT INTO waiting_original
    (topic, partition, record_offset, record_timestamp, message_id, key, headers, value, task_id, received_at,
     list_id, waits_for, seen_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
"""

WAITS = "SELECT true FROM waiting_original WHERE list_id = $1 LIMIT 1"

# With what waits behind a list.
RELEASE = """
DELETE FROM waiting_original
WHERE task_id = ANY($1) OR list_id IN (SELECT list_id FROM waiting_original WHERE task_id = ANY($1))
RETURNING position, topic, partition, record_offset, record_timestamp, message_id, key, headers, value, received_at
"""

# A list that waits for one at another version than was seen, or for too long; with what waits behind it. The version
# is of what has been committed: nothing that changes the other list can be missed, only found at the next look.
RELEASE_REOFFERS = """
DELETE FROM waiting_original
WHERE list_id IN (
    SELECT waiting.list_id FROM waiting_original AS waiting
    LEFT JOIN distribution_list AS replaced ON replaced.list_id = waiting.waits_for
    WHERE waiting.waits_for IS NOT NULL
      AND (coalesce(replaced.version, 0) <> waiting.seen_version OR waiting.received_at <= $1))
RETURNING position, topic, partition, record_offset, record_timestamp, message_id, key, headers, value, received_at
"""


@dataclass(frozen=True, slots=True)
class PgRejections:
    """Rejections in PostgreSQL and on the topic back to IMDi."""

    transaction: Transaction

    async def send_back(
        self, original: Original, list_id: str | None, number: str | None, problems: Sequence[Problem]
    ) -> None:
        """Keep the original and publish what is wrong with it; the same record again changes nothing."""
        errors = [asdict(problem) for problem in problems]
        kept = await self.transaction.connection.fetchval(
            REJECT, *_columns(original), list_id, number, errors, self.transaction.now
        )
        if kept is None:
            return
        await self.transaction.publish(
            topics.DISTRIBUTION_REJECTIONS.name,
            messages.rejection(original, list_id, number, problems),
            key=number or original.place,
            subject=list_id or original.place,
            sequence=None,
            message_id=f"rejection:{original.place}:{original.timestamp}",
        )

    async def has(self, original: Original) -> bool:
        """Whether this very record has been sent back before."""
        place = (original.topic, original.partition, original.offset, original.timestamp)
        return await self.transaction.connection.fetchval(HAS, *place) is not None

    async def forget_before(self, time: datetime) -> int:
        """Delete originals that were sent back before ``time``; returns how many."""
        forgotten: int = await self.transaction.connection.fetchval(FORGET, time)
        return forgotten


@dataclass(frozen=True, slots=True)
class PgWaiting:
    """Messages that wait, over one transaction."""

    transaction: Transaction

    async def hold(self, held: Held, list_id: str, register_size: int) -> bool:
        """Keep the message until a register of that size has arrived. False: it has, meanwhile."""
        task_id, needs = _task_id(held), [(REGISTER, register_size)]
        if await Waiting(self.transaction).put(task_id, KIND, {}, needs=needs):
            return False
        await self._hold(held, list_id)
        return True

    async def release(self, register_size: int) -> list[Held]:
        """Hand out the messages that waited for a register of that size or less, in the order they came."""
        tasks = await Waiting(self.transaction).arrived(REGISTER, register_size)
        return await self._released(RELEASE, [task.task_id for task in tasks]) if tasks else []

    async def hold_reoffer(self, held: Held, reoffer: Reoffer) -> None:
        """Keep a list until the one that it replaces is at another version, or its time is up."""
        await self._hold(held, reoffer.list_id, reoffer.replaces, reoffer.seen_version)

    async def release_reoffers(self, received_before: datetime) -> list[Held]:
        """Hand out lists whose replaced list is at another version than seen, or that came before then."""
        await self.transaction.units.flush()  # it looks at the versions of lists
        return await self._released(RELEASE_REOFFERS, received_before)

    async def hold_behind(self, held: Held, list_id: str) -> bool:
        """Keep a message about a list behind that list, where it waits. False: it does not."""
        if await self.transaction.connection.fetchval(WAITS, list_id) is None:
            return False
        await self._hold(held, list_id)
        return True

    async def _hold(self, held: Held, list_id: str, waits_for: str | None = None, seen: int | None = None) -> None:
        about = (_task_id(held), held.received_at, list_id, waits_for, seen)
        await self.transaction.connection.execute(HOLD, *_columns(held.original), *about)

    async def _released(self, statement: str, *values: object) -> list[Held]:
        rows = await self.transaction.connection.fetch(statement, *values)
        return [Held(_original(row), row["received_at"]) for row in sorted(rows, key=lambda row: row["position"])]


def _task_id(held: Held) -> str:
    return f"{held.original.place}/{held.original.timestamp}"


def _columns(original: Original) -> tuple[Any, ...]:
    return (
        original.topic,
        original.partition,
        original.offset,
        original.timestamp,
        original.message_id,
        original.key,
        # Names are any text to Kafka, and PostgreSQL has no NUL character; values are any bytes.
        [[name.replace("\x00", ""), value.hex()] for name, value in original.headers],
        original.value,
    )


def _original(row: asyncpg.Record) -> Original:
    return Original(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        timestamp=row["record_timestamp"],
        message_id=row["message_id"],
        key=row["key"],
        headers=[(name, bytes.fromhex(value)) for name, value in row["headers"]],
        value=row["value"],
    )
