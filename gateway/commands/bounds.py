"""How many commands are taken: beyond it whoever sends one is told to come back, and keeps what they wrote.

Each bound has a part that is one municipality's: one that sends a hundred times as much as others meets its own bound
long before the others meet theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from chassis.storage.database import Connection, Pool

log = structlog.get_logger(__name__)

RETRY_SECONDS = 10
"""When to come back: owners answer within milliseconds, so whatever holds them up is likely to last for a while."""

COUNTED = timedelta(minutes=15)
"""An outcome that has not come for so long may never come: it does not count against those who come after."""

# One that waits already is taken again: it is the same command.
WAIT = """
WITH waiting AS (
    SELECT count(*) AS of_all, count(*) FILTER (WHERE municipality_id = $3) AS own
    FROM gateway.command_waiting WHERE topic = $2 AND since > $5
)
INSERT INTO gateway.command_waiting (command_id, topic, municipality_id, since)
SELECT $1, $2, $3, $4 FROM waiting
WHERE (of_all < $6 AND own < $7) OR EXISTS (SELECT FROM gateway.command_waiting WHERE command_id = $1)
ON CONFLICT (command_id) DO UPDATE SET since = command_waiting.since
RETURNING command_id
"""

FORGET = "DELETE FROM gateway.command_waiting WHERE command_id = $1"


class BusyError(Exception):
    """As many commands wait as may. Nothing was done with this one; the same again later is fine."""


@dataclass(frozen=True, slots=True)
class Most:
    """A bound: of all, and of one municipality."""

    of_all: int
    of_one: int


@dataclass
class Bounds:
    """under_way: commands that this process follows at once. waiting: commands that one owner has not answered yet."""

    pool: Pool
    under_way: Most
    waiting: Most
    _followed: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def following(self, municipality_id: str) -> AsyncIterator[None]:
        """Count one as followed while the block lasts. Raises BusyError."""
        followed = self._followed
        if followed.total() >= self.under_way.of_all or followed[municipality_id] >= self.under_way.of_one:
            log.warning("too_many_commands_under_way", municipality_id=municipality_id, under_way=followed.total())
            raise BusyError
        followed[municipality_id] += 1
        try:
            yield
        finally:
            followed[municipality_id] -= 1
            if not followed[municipality_id]:
                del followed[municipality_id]

    async def wait(
        self, connection: Connection, command_id: str, topic: str, municipality_id: str, now: datetime
    ) -> None:
        """Count a command as one that its owner is to answer, in a transaction of the caller's. Raises BusyError."""
        most = self.waiting
        limits = (most.of_all, most.of_one)
        if await connection.fetchval(WAIT, command_id, topic, municipality_id, now, now - COUNTED, *limits) is None:
            log.error("owner_far_behind", topic=topic, municipality_id=municipality_id)
            raise BusyError

    async def forget(self, command_id: str) -> None:
        """Count it no more: it was not handed over, or answered by other means."""
        await self.pool.execute(FORGET, command_id)
