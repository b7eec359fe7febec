"""The gateway's health: its consumers', and that the audit is being sealed."""

from __future__ import annotations

from dataclasses import dataclass

from chassis import errors
from chassis.running.exposition import exposed
from chassis.running.health import Health, Text
from chassis.running.patience import within
from chassis.running.vitals import ANSWER_SECONDS
from gateway.audit.sealer import Sealer
from gateway.consuming import Consuming


@dataclass(frozen=True)
class Vitals:
    """Answers ``/livez`` and ``/readyz`` of the health port."""

    consuming: Consuming
    sealer: Sealer

    async def live(self) -> Health:
        """Tell whether a restart would help: consumers and sealer get on."""
        found, stuck = await self.consuming.live(), self.sealer.errands.stuck()
        return Health(ok=found.ok and not stuck, details={**found.details, "sealer_stuck": stuck})

    async def metrics(self) -> Text:
        """Tell Prometheus of consumers and requests, and what is wrong with the audit."""
        return exposed(await self.consuming.families(self.sealer.alarms))

    async def ready(self) -> Health:
        """Tell whether pages are up to date, how much of the audit is unsealed, and what lasts that is wrong."""
        found = await self.consuming.ready()
        try:
            audit = await within(ANSWER_SECONDS, self.sealer.look())
        except (*errors.DATABASE_ERRORS, TimeoutError) as error:
            audit = {"database": errors.name(error)}
        alarms = {**found.details.get("alarms", {}), **self.sealer.alarms.lasting}
        return Health(ok=found.ok, details={**found.details, "audit": audit, "alarms": alarms})
