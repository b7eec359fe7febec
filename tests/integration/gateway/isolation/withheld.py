"""Distribution without a broker, whose records go on into the gateway's read model; and where to look for them."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from chassis.clock import FixedClock
from chassis.reading import decoding
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Received, Record
from chassis.storage import outbox
from chassis.storage.database import Pool, create_pool
from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.codes import LanguageForm
from contracts.envelope import Envelope, Message, encode_headers
from contracts.imdi.v1 import PublishDistributionList
from contracts.municipality.v1 import MunicipalityState, RegisterState
from contracts.outcomes import CommandAccepted
from gateway.readmodel import projector
from ops.demo.identity import synthetic_identity_number
from services.distribution.bootstrap import NAME, DistributionSettings, bootstrap
from tests.browser.stage.world import MUNICIPALITIES, OSLO
from tests.integration.gateway.projecting import write
from tests.unit.distribution.samples import AT, body, offered

LIST = "FL-2026-000777"
BORN = date(1987, 3, 14)
MARKED = {
    "given_name": "Tilbakeholdt",
    "family_name": "Forseglesen",
    "birth_date": BORN,
    "duf_number": "202577700123",
    "identity_number": synthetic_identity_number(Random(777), BORN, female=True),
    "address": {"lines": ["Lukketveien 77"], "postal_code": "9016", "city": "Skjulevik"},
    "health_note": "Helsemerke: skal ikke vises.",
}
MARKS = {
    "given name": ["Tilbakeholdt"],
    "family name": ["Forseglesen"],
    "birth date": ["1987-03-14", "14.03.1987", "14. mars 1987", "14 March 1987"],
    "DUF number": ["202577700123", "2025 77700123"],
    "identity number": [str(MARKED["identity_number"]), f"{str(MARKED['identity_number'])[:6]} "],
    "address": ["Lukketveien 77"],
    "city": ["Skjulevik"],
    "health note": ["Helsemerke"],
}
"""What must not be seen before the person is placed, in each form in which it could be written."""

TABLES = """
SELECT c.oid::regclass::text AS name,
       array(SELECT quote_ident(a.attname) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 AND a.atttypid = 'bytea'::regtype) AS binary
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
FILES = """
SELECT c.oid::regclass::text AS name, pg_read_binary_file(pg_relation_filepath(c.oid)) AS held
FROM pg_class c WHERE c.relkind IN ('r', 'i', 't', 'm') AND pg_relation_filepath(c.oid) IS NOT NULL
    AND c.relnamespace <> 'pg_catalog'::regnamespace
"""


def marks_in(content: bytes) -> set[str]:
    """Name what is seen in it."""
    return {name for name, forms in MARKS.items() if any(form.encode() in content for form in forms)}


def seen_in(answer: httpx.Response) -> set[str]:
    """Name what is seen in an answer's headers and body, what is packed in it included."""
    headers = b"\n".join(name + b": " + value for name, value in answer.headers.raw)
    return marks_in(headers + b"\n" + unpacked(answer.content))


def unpacked(content: bytes) -> bytes:
    """Give bytes, and of an archive those of its files, to any depth."""
    if content[:2] != b"PK":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(name.encode() + unpacked(archive.read(name)) for name in archive.namelist())


async def in_tables(url: str) -> dict[str, set[str]]:
    """Name, of every table of a database, what is seen in its rows. url: a superuser's, whom no policy holds."""
    connection = await asyncpg.connect(url)
    try:
        found = {}
        for table in await connection.fetch(TABLES):
            columns = ["t::text", *(f"coalesce(encode({column}, 'escape'), '')" for column in table["binary"])]
            rows = await connection.fetch(f"SELECT {' || '.join(columns)} AS held FROM {table['name']} t")
            if marks := marks_in("\n".join(row["held"] for row in rows).encode()):
                found[table["name"]] = marks
        return found
    finally:
        await connection.close()


async def in_files(url: str) -> dict[str, set[str]]:
    """Name, of every data file of a database, what is seen in its bytes once all are written out."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CHECKPOINT")
        rows = await connection.fetch(FILES)
        assert len(rows) > 50, "these are not all the files"
        return {row["name"]: marks for row in rows if (marks := marks_in(row["held"]))}
    finally:
        await connection.close()


@dataclass
class Distribution:
    """The service's own handlers on its own database; ``sent``: all that it had put on topics."""

    readers: dict[str, Reader]
    transactions: Transactions
    gateway: Pool
    sent: list[Record] = field(default_factory=list)
    offset: int = 0

    async def take(self, topic: topics.Topic, key: str, message: Message, subject: str, **more: Any) -> None:
        """Handle a message as if it had come from its topic, and pass on what follows."""
        self.offset += 1
        envelope = Envelope(str(uuid4()), "/test", message.message_type, subject, AT, **more)
        value, stamp = message.model_dump_json().encode(), int(AT.timestamp() * 1000)
        headers = tuple(encode_headers(envelope))
        await self.readers[topic.name].handle([Record(topic.name, 0, self.offset, stamp, key.encode(), headers, value)])
        await self._pass_on()

    async def _pass_on(self) -> None:
        async with self.transactions.pool.acquire() as connection:
            rows = await outbox.window(connection, 10_000)
            await outbox.sent(connection, [row["id"] for row in rows], [])
        new = [_record(row) for row in rows]
        self.sent += new
        for subscription in projector.subscriptions():
            reading = subscription.reading()
            mine = [decoding.read(record, reading).received for record in new if record.topic == subscription.topic]
            await write(self.gateway, *_received(mine))

    async def command(self, message: Message) -> int:
        """Have a command taken; gives the version that its owner answers."""
        await self.take(topics.DISTRIBUTION_COMMANDS, OSLO, message, LIST)
        [reply] = [record for record in self.sent if record.topic == topics.DISTRIBUTION_REPLIES.name][-1:]
        assert reply.value is not None
        return CommandAccepted.model_validate_json(reply.value).version

    def told(self, topic: topics.Topic) -> list[Record]:
        """List what went on a topic."""
        return [record for record in self.sent if record.topic == topic.name]


def _record(row: asyncpg.Record) -> Record:
    headers = tuple(outbox.headers_from_json(row["headers"]))
    return Record(row["topic"], 0, row["id"], int(AT.timestamp() * 1000), row["key"].encode(), headers, row["value"])


def _received(found: Sequence[Received[Any] | None]) -> Iterator[Received[Any]]:
    for received in found:
        assert received is not None
        yield received


@asynccontextmanager
async def distribution(url: str, gateway: Pool) -> AsyncIterator[Distribution]:
    """Open the service on a migrated database, with the register of municipalities and one marked list."""
    settings = DistributionSettings(kafka_bootstrap_servers="localhost:1", database_url=url, fordeling_embedded=True)
    service, stopping = bootstrap(settings), asyncio.Event()
    async with await create_pool(url, name="withheld") as pool:
        transactions = Transactions(pool, service.source, FixedClock(AT))
        readers = {each.topic: Reader(NAME, each, transactions, settings, stopping) for each in service.subscriptions}
        found = Distribution(readers, transactions, gateway)
        number, name, county, county_name, organisation, population = MUNICIPALITIES[OSLO]
        register = topics.MUNICIPALITY_STATE
        await found.take(register, "register", RegisterState(municipalities=1), "register", sequence=1)
        oslo = MunicipalityState(
            municipality_id=OSLO, number=number, name=name, county_number=county, county_name=county_name,
            organisation_number=organisation, language_form=LanguageForm.BOKMAAL, population=population,
            valid_from=date(2024, 1, 1),
        )  # fmt: skip
        await found.take(register, OSLO, oslo, OSLO, sequence=1)
        await found.take(topics.IMDI_LISTS, number, marked_list(number), LIST)
        yield found


def marked_list(number: str) -> PublishDistributionList:
    """Ask for one person, all of whose withheld fields are marked, and another."""
    return body(LIST, number, persons=[offered(1, who=700, identity=MARKED), offered(2, who=701)])
