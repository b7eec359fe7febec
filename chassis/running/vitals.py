"""Whether the process is alive and ready, and the figures that go with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from chassis import errors
from chassis.reading import dead_letters
from chassis.reading.consumer import Reader
from chassis.reading.intake import Intake
from chassis.relaying.relay import Relay
from chassis.running.alarms import Alarms
from chassis.running.health import Health
from chassis.running.patience import within
from chassis.settings import Settings
from chassis.storage import outbox
from chassis.storage.database import Pool
from chassis.storage.outbox import Depth

ANSWER_SECONDS = 2.0


class Vitals:
    """Looks at a running service."""

    def __init__(
        self,
        service: str,
        settings: Settings,
        *,
        pool: Pool,
        relay: Relay,
        readers: Sequence[Reader],
        intake: Intake,
        alarms: Alarms,
    ) -> None:
        self._service = service
        self._settings = settings
        self._pool = pool
        self._relay = relay
        self._readers = readers
        self._intake = intake
        self._alarms = alarms
        self._watched: dict[str, Callable[[], bool]] = {}

    def watch(self, name: str, stuck: Callable[[], bool]) -> None:
        """Have further work looked at: it is alive as long as ``stuck`` says no."""
        self._watched[name] = stuck

    async def live(self) -> Health:
        """Tell whether a restart would help: this answers, the relay's loop turns, consumers and other work get on."""
        stuck = [*self._intake.stuck(), *(name for name, is_stuck in self._watched.items() if is_stuck())]
        silent = time.monotonic() - self._relay.last_beat > 2 * self._settings.stuck_after
        details = {**self._about(), "stuck": stuck, "relay_silent": silent, "leading": self._relay.leading}
        return Health(ok=not stuck and not silent, details=details)

    async def ready(self) -> Health:
        """Tell whether it can work: its own database answers and the consumers have started. With figures."""
        try:
            unsent, parked = await within(ANSWER_SECONDS, self._unsent_and_parked())
        except (*errors.DATABASE_ERRORS, TimeoutError) as error:
            return Health(ok=False, details={**self._about(), "database": errors.name(error)})
        details = {
            **self._about(),
            "database": "ok",
            "consumers": self._intake.started,
            "outbox": {"rows": unsent.rows, "age_seconds": round(unsent.age, 3), "aside": unsent.aside},
            "parked": parked,
            "alarms": self._alarms.lasting,
            "readers": {reader.group: dict(reader.progress.counts) for reader in self._readers},
        }
        return Health(ok=self._intake.started, details=details)

    async def _unsent_and_parked(self) -> tuple[Depth, int]:
        async with self._pool.acquire() as connection:
            return await outbox.depth(connection), await dead_letters.count(connection)

    def _about(self) -> dict[str, Any]:
        return {"service": self._service, "version": self._settings.version}
