"""Letters as the others see it: what goes in on its topics, what comes out, and the PDFs."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from chassis.service import Running, running
from contracts import codes, topics
from contracts.distribution import v1 as distribution
from contracts.envelope import Envelope, encode_headers
from contracts.imdi.v1 import PostalAddress
from contracts.letters import v1
from contracts.municipality.v1 import MunicipalityState
from services.letters.bootstrap import LettersSettings, bootstrap
from tests.integration.desks import NOW, Desk, Heard, clients

READ = (
    topics.DISTRIBUTION_EVENTS,
    topics.DISTRIBUTION_ANSWERS,
    topics.PERSON_FOLDERS,
    topics.MUNICIPALITY_EVENTS,
    topics.MUNICIPALITY_STATE,
)
FAILURES = topics.BY_NAME["letters.failures.v1"]
WRITTEN = (topics.LETTERS_EVENTS, topics.LETTERS_STATE, FAILURES)
NAMES = {1: ("Nour", "Haddad"), 2: ("Yonas", "Tesfay"), 3: ("Zahra", "Rezai")}
ORDINARY = codes.PlaceKind.ORDINARY
ANSWERED, PLACED = 5, 6
"""The list's versions by its answer and its placement."""


@dataclass
class LettersDesk(Desk):
    """A desk before letters, with its object store."""

    objects: Path = field(default_factory=Path)

    @property
    def settings(self) -> LettersSettings:
        return LettersSettings(
            kafka_bootstrap_servers=self.bootstrap_servers,
            database_url=self.database_url,
            object_store_url=self.objects.as_uri(),
            relay_poll=0.2,
            session_timeout=6,
        )

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        async with running(bootstrap(self.settings), self.settings) as state:
            yield state

    @asynccontextmanager
    async def process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run the service as a process of its own; it is gone when the block is left."""
        environment = {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "LETTERS_DATABASE_URL": self.database_url,
            "OBJECT_STORE_URL": self.objects.as_uri(),
            "SESSION_TIMEOUT": "6",
            "LETTERS_CLAIM_SECONDS": "3",
            "LOCK_TIMEOUT": "60",
            "STATEMENT_TIMEOUT": "60",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.letters", env={**os.environ, **environment},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def tell_municipality(self, number: int, form: codes.LanguageForm = codes.LanguageForm.BOKMAAL) -> None:
        body = MunicipalityState(
            municipality_id=f"k-{number}", number=f"{number:04}", name=f"Kommune{number}", county_number="11",
            county_name="Rogaland", organisation_number="258935420", language_form=form, population=5000,
            valid_from=date(2024, 1, 1),
        )  # fmt: skip
        await self.send(topics.MUNICIPALITY_STATE, f"k-{number}", body, subject=f"k-{number}", sequence=1)

    async def answer(self, number: int, *persons: int) -> None:
        places = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in persons]
        answered = distribution.ListAnswered(
            **place_of(number), accepted=places, declined=[], answered_on=date(2026, 11, 23), late=False
        )
        await self._event(answered, ANSWERED)

    async def place(self, number: int, *persons: int, version: int = PLACED) -> None:
        places = [distribution.PersonPlace(running_number=person, place_kind=ORDINARY) for person in persons]
        body = distribution.PersonsPlaced(**place_of(number), persons=places, placed_on=date(2026, 11, 24))
        await self._event(body, version)

    async def _event(self, event: distribution.ListEvent, version: int) -> None:
        key = event.municipality_id
        await self.send(topics.DISTRIBUTION_EVENTS, key, event, subject=event.list_id, sequence=version)

    async def open_folder(
        self, number: int, person: int, name: tuple[str, str] | None = None, version: int = PLACED
    ) -> None:
        given, family = name or NAMES[person]
        body = distribution.PersonFolderState(
            list_id=list_id(number), municipality_id=f"k-{number}", running_number=person, given_name=given,
            family_name=family, birth_date=date(1990, 5, person), duf_number=f"20254236014{person}",
            identity_number=f"1785901022{person}", address=PostalAddress(
                lines=["Nordlys mottak"], postal_code="9016", city="Tromsø"), placed_on=date(2026, 11, 24),
        )  # fmt: skip
        key = f"{list_id(number)}/{person}"
        await self.send(topics.PERSON_FOLDERS, key, body, subject=key, sequence=version)

    async def close_folder(self, number: int, person: int, version: int = PLACED + 1) -> None:
        key, kind = f"{list_id(number)}/{person}", distribution.PersonFolderState.message_type
        headers = encode_headers(Envelope(f"{kind}:{key}:{version}", "/test", kind, key, NOW, version))
        await self.producer.send_and_wait(topics.PERSON_FOLDERS.name, None, key=key.encode(), headers=headers)

    async def made(self, number: int, count: int) -> list[v1.LetterState]:
        """Wait until so many letters of the list have their document, or have failed; the municipality's come first."""

        def enough(heard: list[Heard]) -> list[v1.LetterState]:
            done = [body for body in states(heard, number).values() if body.document or body.failure]
            return done if len(done) >= count else []

        return sorted(await self.hear(enough), key=lambda body: body.running_number or 0)

    def text_of(self, letter: v1.LetterState) -> str:
        """Read the letter as whoever downloads it does, checking what the claim says of it."""
        assert letter.document is not None
        data = (self.objects / letter.document.object_key).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (letter.document.sha256, letter.document.size)
        return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages)

    def stored(self, number: int) -> list[Path]:
        """List the objects of a list."""
        return sorted((self.objects / "letters" / f"k-{number}").rglob("*.pdf"))


@asynccontextmanager
async def open_desk(kafka: str, database_url: str, objects: Path) -> AsyncIterator[LettersDesk]:
    """Open a desk on topics made anew."""
    async with clients(kafka, WRITTEN, READ) as (producer, consumer):
        yield LettersDesk(kafka, database_url, producer, consumer, objects=objects)


def list_id(number: int) -> str:
    return f"FL-2026-{number:06}"


def place_of(number: int) -> dict[str, Any]:
    return {"list_id": list_id(number), "municipality_id": f"k-{number}", "year": 2026}


def states(heard: list[Heard], number: int) -> dict[str, v1.LetterState]:
    """Tell the last state of each letter of a list."""
    bodies = [record.body for record in heard if isinstance(record.body, v1.LetterState)]
    return {body.letter_id: body for body in bodies if body.list_id == list_id(number)}


def events(heard: list[Heard], kind: type[Any], number: int) -> list[Any]:
    """Tell the events of a kind about a list, each once: a repeat on a topic has the id of the first."""
    found = [each for each in heard if isinstance(each.body, kind) and each.body.list_id == list_id(number)]
    return list({each.envelope.id: each.body for each in found}.values())
