"""Distribution as the others see it: what goes in on its topics and what comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from chassis.clock import FixedClock
from chassis.service import Running, running
from contracts import codes, topics
from contracts.distribution import v1
from contracts.distribution.threads_v1 import AskQuestion
from contracts.imdi.v1 import PublishDistributionList
from contracts.municipality.v1 import MunicipalityState, RegisterState
from services.distribution.bootstrap import DistributionSettings, bootstrap
from tests.integration.desks import NOW, Desk, Heard, clients

READ = (topics.IMDI_LISTS, topics.DISTRIBUTION_COMMANDS, topics.MUNICIPALITY_STATE)
WRITTEN = (
    topics.DISTRIBUTION_EVENTS,
    topics.DISTRIBUTION_STATE,
    topics.PERSON_FOLDERS,
    topics.DISTRIBUTION_ANSWERS,
    topics.DISTRIBUTION_QUESTIONS,
    topics.DISTRIBUTION_REJECTIONS,
    topics.DISTRIBUTION_REPLIES,
)
FAILURES = topics.BY_NAME["distribution.failures.v1"]


@dataclass
class DistributionDesk(Desk):
    """A desk before distribution."""

    @property
    def settings(self) -> DistributionSettings:
        """Those of the service."""
        return DistributionSettings(
            kafka_bootstrap_servers=self.bootstrap_servers, database_url=self.database_url, fordeling_embedded=True,
            relay_poll=0.2,
        )  # fmt: skip

    @asynccontextmanager
    async def service(self, at: datetime = NOW) -> AsyncIterator[Running]:
        """Run a replica of the service at that time; on leaving, all it had to say is on its topics."""
        async with running(bootstrap(self.settings), self.settings, clock=FixedClock(at)) as state:
            yield state

    async def publish(
        self, published: PublishDistributionList, *, message_id: str | None = None, key: str | None = None
    ) -> str:
        """Publish a list as IMDi would; gives the message's id."""
        identity = message_id or str(uuid4())
        await self.send(
            topics.IMDI_LISTS,
            key or published.municipality_number,
            published,
            subject=published.list_id,
            message_id=identity,
            source="/imdi",
        )
        return identity

    async def command(self, command: v1.ListCommand | AskQuestion, command_id: str) -> None:
        """Send a command as the gateway would."""
        await self.send(
            topics.DISTRIBUTION_COMMANDS,
            command.municipality_id,
            command,
            subject=command.list_id,
            message_id=command_id,
            source="/fordeling/gateway",
        )

    async def reply(self, command_id: str, count: int = 1) -> Any:
        """Wait for so many replies to a command; gives the last one's body."""

        def found(heard: list[Heard]) -> list[Heard]:
            replies = [one for one in heard if one.key == command_id]
            return replies if len(replies) >= count else []

        return (await self.hear(found))[-1].body

    async def ask(self, command: v1.ListCommand | AskQuestion, command_id: str | None = None, count: int = 1) -> Any:
        """Send a command and wait for its reply. ``count``: which one, where it has been sent before."""
        identity = command_id or str(uuid4())
        await self.command(command, identity)
        return await self.reply(identity, count)

    async def tell_register(self, *numbers: str) -> None:
        """Tell the whole register of municipalities, as municipality would: its size first."""
        state = topics.MUNICIPALITY_STATE
        size = RegisterState(municipalities=len(numbers))
        await self.send(state, "register", size, subject="register", message_id="register", sequence=1)
        for number in numbers:
            name = f"k-{number}"
            municipality = MunicipalityState(
                municipality_id=name, number=number, name=f"Kommune {number}", county_number=number[:2],
                county_name="Fylke", organisation_number="212345678", language_form=codes.LanguageForm.BOKMAAL,
                population=1000, valid_from=date(2024, 1, 1),
            )  # fmt: skip
            await self.send(state, name, municipality, subject=name, message_id=name, sequence=1)


@asynccontextmanager
async def open_desk(bootstrap_servers: str, database_url: str) -> AsyncIterator[DistributionDesk]:
    """Open a desk."""
    async with clients(bootstrap_servers, WRITTEN, [*READ, FAILURES]) as (producer, consumer):
        yield DistributionDesk(bootstrap_servers, database_url, producer, consumer)
