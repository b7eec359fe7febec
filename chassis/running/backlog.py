"""What a service has not done yet, looked at every few seconds: alarms, and a bound on the outbox. And its clock.

A service whose outbox is full takes no more records until the relay has caught up: they wait in Kafka, which has room,
instead of in its database.
"""

from __future__ import annotations

import asyncio

import structlog

from chassis import errors
from chassis.clock import Clock, SharedClock
from chassis.reading import dead_letters
from chassis.running.alarms import Alarms
from chassis.settings import Settings
from chassis.storage import outbox
from chassis.storage.database import Pool

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 30.0
ROOM = 0.9
"""The part of the limit below which a full outbox has room again."""

CLOCK_SECONDS = 5.0
"""A machine's clock that differs by more from the database's is an alarm: one of the two is wrong."""

WAITS_LONG = "tasks wait for long"
"""The alarm of tasks that wait for something that should have come."""

WAITING = "SELECT count(*) AS tasks, min(created_at) AS oldest FROM waiting_task"


class Backlog:
    """Looks at the outbox, at what stands aside or is parked, and at tasks that wait for something."""

    def __init__(self, settings: Settings, pool: Pool, clock: Clock) -> None:
        self._settings = settings
        self._pool = pool
        self._clock = clock
        self.alarms = Alarms()
        self.full = False
        """Whether the outbox holds as much as it may."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.look()
            except (*errors.DATABASE_ERRORS, TimeoutError) as error:
                log.warning("backlog not looked at", error=errors.name(error))
            await asyncio.sleep(self._settings.look_every)

    async def look(self) -> None:
        """Look once. Raises what asyncpg raises."""
        limit = self._settings.outbox_limit
        async with self._pool.acquire() as connection:
            unsent = await outbox.depth(connection, most=limit)
            parked = await dead_letters.count(connection)
            waiting = await connection.fetchrow(WAITING)
            off = await self._clock.synchronise(connection) if isinstance(self._clock, SharedClock) else 0.0
        assert waiting is not None
        self.full = unsent.rows >= (limit * ROOM if self.full else limit)
        age = round(unsent.age)
        late = unsent.age > self._settings.outbox_alarm_after
        self.alarms.tell("outbox is behind", on=late, rows=unsent.rows, age_seconds=age)
        self.alarms.tell("outbox is full", on=self.full, rows=unsent.rows, limit=limit)
        self.alarms.tell("clock is off", on=abs(off) > CLOCK_SECONDS, seconds=round(off))
        self.alarms.tell("rows stand aside", on=unsent.aside > 0, rows=unsent.aside)
        self.alarms.tell("messages are parked", on=parked > 0, messages=parked)
        waits = (self._clock.now() - waiting["oldest"]).total_seconds() if waiting["tasks"] else 0.0
        long = waits > self._settings.waiting_alarm_after
        self.alarms.tell(WAITS_LONG, on=long, tasks=waiting["tasks"], age_seconds=round(waits))
