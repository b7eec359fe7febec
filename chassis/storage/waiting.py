"""Effects that need state which has not arrived: kept, and handed out once it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from chassis.storage.transaction import Transaction

# Takes the entities' row locks, in one order, and tells what has arrived: an arrival that commits later waits for
# this transaction and then sees its needs; one that has committed is seen here.
LOCK_ARRIVALS = """
INSERT INTO waiting_arrival (entity, version)
SELECT entity, -1 FROM unnest($1::text[]) AS need (entity) ORDER BY entity
ON CONFLICT (entity) DO UPDATE SET version = waiting_arrival.version
RETURNING entity, version
"""

ARRIVE = """
INSERT INTO waiting_arrival (entity, version) VALUES ($1, $2)
ON CONFLICT (entity) DO UPDATE SET version = greatest(waiting_arrival.version, excluded.version)
"""

# A task put twice keeps what was put first: the same cause asks for the same thing.
PUT = """
INSERT INTO waiting_task (task_id, kind, payload, created_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (task_id) DO NOTHING
"""

NEED = """
INSERT INTO waiting_need (task_id, entity, version)
SELECT $1, entity, version FROM unnest($2::text[], $3::bigint[]) AS need (entity, version)
ON CONFLICT (task_id, entity) DO NOTHING
"""

# Needs are locked in one order, so that two arrivals of one task take turns and the last one sees none left.
MEET = """
WITH met AS (
    SELECT task_id, entity FROM waiting_need
    WHERE entity = $1 AND version <= $2
    ORDER BY task_id, entity
    FOR UPDATE
)
DELETE FROM waiting_need USING met
WHERE waiting_need.task_id = met.task_id AND waiting_need.entity = met.entity
RETURNING waiting_need.task_id
"""

LOCK = "SELECT task_id FROM waiting_task WHERE task_id = ANY($1) ORDER BY task_id FOR UPDATE"

TAKE = """
DELETE FROM waiting_task
WHERE task_id = ANY($1) AND NOT EXISTS (SELECT 1 FROM waiting_need WHERE waiting_need.task_id = waiting_task.task_id)
RETURNING task_id, kind, payload
"""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done. ``payload`` is what it was put with: ids, never details of anybody."""

    task_id: str
    kind: str
    payload: Mapping[str, Any]


class Waiting:
    """The waiting tasks, within one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._now = transaction.now

    async def put(
        self,
        task_id: str,
        kind: str,
        payload: Mapping[str, Any],
        needs: Sequence[tuple[str, int]],
        have: Mapping[str, int] = MappingProxyType({}),
    ) -> bool:
        """Keep a task until each (entity, least version) of ``needs`` has arrived.

        have: versions that the caller knows to be here; those told to ``arrived`` are known anyway.
        Returns True when nothing is missing: then nothing is kept and the caller goes on at once.
        """
        entities = sorted({entity for entity, _ in needs})
        arrived = {row["entity"]: row["version"] for row in await self._connection.fetch(LOCK_ARRIVALS, entities)}
        missing = [need for need in needs if max(have.get(need[0], -1), arrived[need[0]]) < need[1]]
        if not missing:
            return True
        await self._connection.execute(PUT, task_id, kind, dict(payload), self._now)
        await self._connection.execute(NEED, task_id, [need[0] for need in missing], [need[1] for need in missing])
        return False

    async def arrived(self, entity: str, version: int) -> list[Task]:
        """Remember that ``entity`` is here in ``version``; give and remove the tasks whose every need is met now."""
        await self._connection.execute(ARRIVE, entity, version)
        met = await self._connection.fetch(MEET, entity, version)
        if not met:
            return []
        tasks = sorted({row["task_id"] for row in met})
        await self._connection.execute(LOCK, tasks)
        rows = await self._connection.fetch(TAKE, tasks)
        found = [Task(row["task_id"], row["kind"], row["payload"]) for row in rows]
        return sorted(found, key=lambda task: task.task_id)
