"""Municipality as the others see it: what goes in on its topics and what comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from chassis.clock import FixedClock
from chassis.service import Running, running
from chassis.settings import Settings
from contracts import topics
from services.municipality.bootstrap import bootstrap
from tests.integration.desks import NOW, Desk, clients

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.IMDI_REQUESTS,
    topics.MUNICIPALITY_COMMANDS,
    topics.NOTIFICATION_EVENTS,
)
WRITTEN = (
    topics.MUNICIPALITY_EVENTS,
    topics.MUNICIPALITY_STATE,
    topics.MUNICIPALITY_REPLIES,
    topics.MUNICIPALITY_REJECTIONS,
    topics.MUNICIPALITY_REPORTS,
    topics.PERSON_REPORTS,
)
FAILURES = topics.BY_NAME["municipality.failures.v1"]


@dataclass
class MunicipalityDesk(Desk):
    """A desk before municipality."""

    @property
    def settings(self) -> Settings:
        """Those of the service."""
        return Settings(kafka_bootstrap_servers=self.bootstrap_servers, database_url=self.database_url, relay_poll=0.2)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        """Run a replica of the service; on leaving, all it had to say is on its topics."""
        async with running(bootstrap(self.settings), self.settings, clock=FixedClock(NOW)) as state:
            yield state


@asynccontextmanager
async def open_desk(bootstrap_servers: str, database_url: str) -> AsyncIterator[MunicipalityDesk]:
    """Open a desk."""
    async with clients(bootstrap_servers, WRITTEN, [*READ, FAILURES]) as (producer, consumer):
        yield MunicipalityDesk(bootstrap_servers, database_url, producer, consumer)
