"""A desk before notification with a mail server behind it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from chassis.service import Running, running
from chassis.storage import orders
from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.fields import Actor
from contracts.municipality.v1 import ContactState, MunicipalityState
from contracts.notification import choices, v1
from contracts.notification.contacts import contact_reference
from ops.testing.databases import Databases
from services.notification.adapters.figures import FIGURES
from services.notification.bootstrap import NotificationSettings, bootstrap
from tests.integration.desks import Desk, Heard, clients
from tests.integration.notification.mailserver import HOST, MailServer

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.LETTERS_EVENTS,
    topics.MUNICIPALITY_STATE,
    topics.NOTIFICATION_COMMANDS,
)


WRITTEN = (topics.NOTIFICATION_EVENTS, topics.NOTIFICATION_STATE, topics.BY_NAME["notification.failures.v1"])
WRITER, ESCALATION = codes.ContactRole.SETTLEMENT_WRITER, codes.ContactRole.ESCALATION
ORDINARY = codes.PlaceKind.ORDINARY
NYNORSK, NEUTRAL = codes.LanguageForm.NYNORSK, codes.LanguageForm.NEUTRAL
MARKER = "Markør Ølsnes"
PUBLIC_URL = "https://fordeling.example"


@dataclass
class MailDesk(Desk):
    """A desk before notification, with the mail server behind it."""

    server: MailServer = field(default_factory=MailServer)
    log: Path = field(default_factory=Path)
    ca_file: Path | None = None
    """Where it is, the mail server is spoken to by TLS."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "NOTIFICATION_DATABASE_URL": self.database_url,
            "SMTP_URL": f"{'smtps' if self.ca_file else 'smtp'}://{HOST}:{self.server.port}",
            **({"NOTIFICATION_SMTP_CA_FILE": str(self.ca_file)} if self.ca_file else {}),
            "MAIL_FROM": "Fordeling <ikke-svar@fordeling.example>",
            "PUBLIC_URL": PUBLIC_URL,
            "NOTIFICATION_SMTP_TIMEOUT": "1.5",
            "NOTIFICATION_CLAIM_SECONDS": "4.5",
            "NOTIFICATION_MAIL_PAUSE": "0.1",
            "SESSION_TIMEOUT": "6",
            "RELAY_POLL": "0.2",
        }

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        settings = NotificationSettings(
            **{name.lower().removeprefix("notification_"): value for name, value in self.environment.items()}
        )
        async with running(bootstrap(settings), settings) as state:
            yield state

    @asynccontextmanager
    async def process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the service as a process of its own; it is gone when the block is left."""
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.notification", env={**os.environ, **self.environment},
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def tell_municipality(
        self, number: int, *writers: str, form: codes.LanguageForm = NEUTRAL, version: int = 1
    ) -> None:
        contacts = [ContactState(name=MARKER, email=address, roles=[WRITER]) for address in writers]
        contacts.append(ContactState(name=MARKER, email=f"chief@k{number}.example", roles=[ESCALATION]))
        body = MunicipalityState(
            municipality_id=f"k-{number}", number=f"{number:04}", name=f"Kommune{number}", county_number="11",
            county_name="Rogaland", organisation_number="258935420", language_form=form, population=5000,
            valid_from=date(2024, 1, 1), contacts=contacts,
        )  # fmt: skip
        await self.send(topics.MUNICIPALITY_STATE, f"k-{number}", body, subject=f"k-{number}", sequence=version)

    async def choose_daily(self, number: int, address: str) -> None:
        """Have a user say that the address is theirs and that all is to come in a daily digest; wait until it holds."""
        kinds = [choices.KindChoice(kind=kind, delivery=codes.NoticeDelivery.DAILY) for kind in codes.NoticeKind]
        writer = Actor(user_id="user-1", display_name=MARKER, role=codes.Role.SETTLEMENT_WRITER)
        town, subject = f"k-{number}", f"k-{number}/choices/user-1"
        contact = contact_reference(address)
        body = choices.ChooseNotices(municipality_id=town, contact_id=contact, choices=kinds, actor=writer)

        def held(heard: list[Heard]) -> bool:
            return any(isinstance(record.body, choices.NoticeChoiceState) for record in heard)

        async with asyncio.timeout(60):
            while not held(self.heard):  # refused until the municipality is known there
                await self.send(topics.NOTIFICATION_COMMANDS, town, body, subject=subject, message_id=str(uuid4()))
                await asyncio.sleep(0.5)
                await self.hear_all()

    async def receive(self, number: int, *, municipality: int | None = None) -> None:
        people = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in (1, 2, 3)]
        place = place_of(number) | {"municipality_id": f"k-{municipality or number}"}
        body = distribution.ListReceived(**place, deadline=date(2026, 12, 1), persons=people)
        await self._event(body, 1)

    async def answer(self, number: int) -> None:
        accepted = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in (1, 2)]
        declined = [
            distribution.DeclinedPerson(
                running_number=3, place_kind=ORDINARY, reason=codes.DeclineReason.CAPACITY_REACHED
            )
        ]
        body = distribution.ListAnswered(
            **place_of(number), accepted=accepted, declined=declined, answered_on=date(2026, 12, 2), late=True
        )
        await self._event(body, 2)

    async def clock(self, number: int, kind: type[distribution.DeadlineEvent], version: int) -> None:
        """Tell what the reply clock of the list says."""
        await self._event(kind(**place_of(number), deadline=date(2026, 12, 1), persons=3), version)

    async def _event(self, event: distribution.ListEvent, version: int) -> None:
        key = event.municipality_id
        await self.send(topics.DISTRIBUTION_EVENTS, key, event, subject=event.list_id, sequence=version)

    async def ended(self, number: int, count: int) -> v1.MailTally:
        """Wait until so many mails of the list's arrival have ended, and tell how."""

        def enough(heard: list[Heard]) -> v1.MailTally | None:
            last = [body.mail for body in states(heard, number) if body.kind is codes.NoticeKind.LIST_RECEIVED][-1:]
            return last[0] if last and sum(last[0].model_dump().values()) >= count else None

        found: v1.MailTally = await self.hear(enough)
        return found

    async def tally(self, number: int, wanted: v1.MailTally) -> bool:
        """Wait until the notice of the list's arrival says so."""
        return bool(
            await self.hear(lambda heard: states(heard, number)[-1:] and states(heard, number)[-1].mail == wanted)
        )

    async def mail_ids(self, number: int, *names: str) -> list[str]:
        """Find the mails to these receivers."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return [
                await connection.fetchval("SELECT mail_id FROM mail WHERE receiver = $1", f"{name}@k{number}.example")
                for name in names
            ]
        finally:
            await connection.close()

    async def order(self, action: str, mail_id: str) -> str:
        """Ask the service for something, as operations do, and wait for what comes of it."""
        connection = await asyncpg.connect(self.database_url)
        try:
            order = await orders.ask(connection, action, mail_id, by="tester", reason="as the log of the server says")
            async with asyncio.timeout(30):
                while True:
                    if (outcome := await orders.outcome(connection, order)) is not None:
                        return outcome
                    await asyncio.sleep(0.05)
        finally:
            await connection.close()

    async def overdue_since(self, longer: str) -> float:
        """Tell what Prometheus is told, where all that wait were planned so much earlier and have just been put off."""
        [figure] = [one for one in FIGURES if one.name == "mails_overdue_seconds"]
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(
                "UPDATE mail SET planned_at = planned_at - $1::text::interval,"
                " due_at = clock_timestamp() + interval '1 second' WHERE ended_at IS NULL",
                longer,
            )
            return float(await connection.fetchval(figure.statement))
        finally:
            await connection.close()

    async def rows(self, number: int) -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetch(
                "SELECT state, failure, code, tries FROM mail JOIN notice USING (notice_id) WHERE list_id = $1",
                list_id(number),
            )
        finally:
            await connection.close()


def list_id(number: int) -> str:
    return f"FL-2026-{number:06}"


def place_of(number: int) -> dict[str, Any]:
    return {"list_id": list_id(number), "municipality_id": f"k-{number}", "year": 2026}


def states(heard: list[Heard], number: int) -> list[v1.NoticeState]:
    bodies = [record.body for record in heard if isinstance(record.body, v1.NoticeState)]
    return [body for body in bodies if body.list_id == list_id(number)]


@asynccontextmanager
async def open_desk(kafka: str, databases: Databases, log: Path) -> AsyncIterator[MailDesk]:
    url = databases.migrated("services.notification.migrations")
    async with clients(kafka, WRITTEN, [*READ, topics.NOTIFICATION_REPLIES]) as (producer, consumer):
        yield MailDesk(kafka, url, producer, consumer, log=log)
