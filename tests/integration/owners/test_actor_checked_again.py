"""Owners look again at who asks and for whom: every command, as a reader's and as another municipality's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from chassis.clock import FixedClock
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Record
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import create_pool
from chassis.storage.transaction import Transactions
from contracts import topics
from contracts.codes import Role
from contracts.envelope import Envelope, Message, encode_headers
from contracts.topics import Kind
from ops.testing.databases import Databases
from services.distribution import bootstrap as distribution
from services.municipality import bootstrap as municipality
from services.municipality.adapters.division_files import read_division
from services.municipality.adapters.register import PgRegister
from services.municipality.use_cases.register_division import register_division
from services.notification import bootstrap as notification
from tests.unit.distribution.samples import AT

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
OSLO, BERGEN, NOWHERE = "k-0301", "k-4601", "k-9999"
COMMANDS = [
    pytest.param(topic, message, id=message.message_type)
    for topic in topics.TOPICS
    if topic.kind is Kind.COMMANDS
    for message in topic.messages
]
READERS_OWN = {"notification.mark-notices-read.v1"}
"""What a reader may do: it is each user's own."""

NAMED = {
    "distribution": "list-not-found",
    "notification": "notice-not-found",
    "municipality": "report-not-found",
}
"""By the owner: what is said of a list, notice or report that is another municipality's, and of one that is not."""
NAMED_BY = {"notification.choose-notices.v1": "not-a-contact"}
"""By the message, where it names something else."""

ITS_OWN = {
    "municipality.register-resolution.v1",
    "municipality.register-contacts.v1",
    "municipality.require-four-eyes.v1",
    "municipality.report-weekly-places.v1",
    "municipality.report-housing.v1",
    "municipality.report-named-persons.v1",
    "municipality.report-self-settlement.v1",
}
"""They name nothing but the municipality itself: another's changes that one alone."""

TOLD = "SELECT topic, key, value FROM outbox ORDER BY id"


def example(message: type[Message]) -> dict[str, Any]:
    """Give the command as its example has it; Oslo's writer sends it."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{message.message_type}.json").read_text())
    return found


@dataclass
class Owner:
    """A service on its database, given records as Kafka would."""

    service: Service
    readers: Mapping[str, Reader]
    connection: Any

    async def take(self, topic: topics.Topic, key: str, kind: str, subject: str, body: Any, **more: Any) -> str:
        """Hand it a record; gives the message's id."""
        identity = str(uuid4())
        headers = encode_headers(Envelope(identity, "/test", kind, subject, AT, **more))
        record = Record(topic.name, 0, 0, 0, key.encode(), headers, json.dumps(body).encode())
        await self.readers[topic.name].handle([record])
        return identity

    async def ask(self, topic: topics.Topic, message: type[Message], body: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        """Send a command as the gateway would; gives its outcome, and the keys of whatever else was told."""
        await self.connection.execute("DELETE FROM outbox")
        message.model_validate(body)
        subject = body.get("list_id") or body["municipality_id"]
        await self.take(topic, body["municipality_id"], message.message_type, subject, body)
        rows = await self.connection.fetch(TOLD)
        replies = [json.loads(row["value"]) for row in rows if row["topic"] == f"{self.service.name}.replies.v1"]
        assert len(replies) == 1, rows
        return replies[0], [row["key"] for row in rows if not row["topic"].endswith("replies.v1")]


@dataclass(frozen=True)
class Owners:
    """Runs the owner of a topic, with what it owns of Oslo's. prepared: a database of each, to copy from."""

    databases: Databases
    prepared: Mapping[str, str]

    @asynccontextmanager
    async def running(self, name: str) -> AsyncIterator[Owner]:
        async with _running(name, self.databases.new(template=self.prepared[name])) as (owner, _):
            yield owner


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owners(databases: Databases) -> Owners:
    """Prepare a database of each owner, with a list, a notice or a report of Oslo's."""
    prepared = {}
    for name in NAMED:
        prepared[name] = databases.migrated(f"services.{name}.migrations")
        async with _running(name, prepared[name]) as (owner, transactions):
            await _prepare(owner, transactions)
    return Owners(databases, prepared)


@asynccontextmanager
async def _running(name: str, url: str) -> AsyncIterator[tuple[Owner, Transactions]]:
    service, settings = _service(name, {"kafka_bootstrap_servers": "localhost:1", "database_url": url})
    async with await create_pool(url, name="test-owner") as pool:
        transactions = Transactions(pool, service.source, FixedClock(AT))
        stopping = asyncio.Event()
        readers = {
            one.topic: Reader(name, one, transactions, settings, stopping, service.upcasts)
            for one in service.subscriptions
        }
        connection = await asyncpg.connect(url)
        try:
            yield Owner(service, readers, connection), transactions
        finally:
            await connection.close()


def _service(name: str, common: dict[str, Any]) -> tuple[Service, Settings]:
    if name == "distribution":
        chosen = distribution.DistributionSettings(**common, fordeling_embedded=True)
        return distribution.bootstrap(chosen), chosen
    if name == "notification":
        mail = {"smtp_url": "smtp://localhost:1", "mail_from": "no-reply@example.no", "public_url": "http://localhost"}
        posting = notification.NotificationSettings(**common, **mail)
        return notification.bootstrap(posting), posting
    plain = Settings(**common)
    return municipality.bootstrap(plain), plain


async def _prepare(owner: Owner, transactions: Transactions) -> None:
    if owner.service.name == "municipality":
        async with transactions.begin() as transaction:
            await register_division(read_division(), PgRegister(transaction))
        housing = next(one.values[1] for one in COMMANDS if one.id == "municipality.report-housing.v1")
        body = example(housing)
        outcome, _ = await owner.ask(topics.MUNICIPALITY_COMMANDS, housing, body)
        assert "problem" not in outcome, outcome
    elif owner.service.name == "notification":
        event = json.loads((EXAMPLES / "distribution.list-received.v1.json").read_text())
        kind = "distribution.list-received.v1"
        await owner.take(topics.DISTRIBUTION_EVENTS, OSLO, kind, event["list_id"], event, sequence=1)
    else:
        state = topics.MUNICIPALITY_STATE
        size, kind = {"municipalities": 2}, "municipality.municipality-state.v1"
        await owner.take(state, "register", "municipality.register-state.v1", "register", size, sequence=1)
        one = json.loads((EXAMPLES / f"{kind}.json").read_text())
        for identity in (OSLO, BERGEN):
            told = one | {"municipality_id": identity, "number": identity[2:], "valid_from": "2024-01-01"}
            await owner.take(state, identity, kind, identity, told, sequence=1)
        full = json.loads((EXAMPLES / "imdi.publish-distribution-list.v1.full.json").read_text())
        published = "imdi.publish-distribution-list.v1"
        await owner.take(topics.IMDI_LISTS, "0301", published, full["list_id"], full)


async def body_of(owner: Owner, message: type[Message]) -> dict[str, Any]:
    """Give a command about what there is."""
    body = example(message)
    if "notice_ids" in body:
        body["notice_ids"] = [await owner.connection.fetchval("SELECT notice_id FROM notice LIMIT 1")]
    return body


@pytest.mark.parametrize(("topic", "message"), COMMANDS)
async def test_a_readers_command_is_refused(topic: topics.Topic, message: type[Message], owners: Owners) -> None:
    """Whatever let it through: the owner says that the role may not write, and nothing changes."""
    async with owners.running(topic.owner) as owner:
        body = await body_of(owner, message)
        body["actor"] = body["actor"] | {"role": Role.SETTLEMENT_READER}
        outcome, told = await owner.ask(topic, message, body)
        if message.message_type in READERS_OWN:
            assert "problem" not in outcome
            return
        assert (outcome.get("problem"), told) == ("role-may-not-write", [])


@pytest.mark.parametrize(("topic", "message"), COMMANDS)
async def test_another_municipalitys_command_is_refused(
    topic: topics.Topic, message: type[Message], owners: Owners
) -> None:
    """Its writer names what is Oslo's: answered as what is not there, nothing told; of Oslo's own nothing changes."""
    async with owners.running(topic.owner) as owner:
        body = await body_of(owner, message) | {"municipality_id": BERGEN}
        if message.message_type in ITS_OWN:
            _, told = await owner.ask(topic, message, body)
            assert [key for key in told if not key.startswith(BERGEN)] == []
            outcome, told = await owner.ask(topic, message, body | {"municipality_id": NOWHERE})
            assert (outcome.get("problem"), told) == ("unknown-municipality", [])
            return
        outcome, told = await owner.ask(topic, message, body)
        assert (outcome.get("problem"), told) == (NAMED_BY.get(message.message_type, NAMED[topic.owner]), [])
        nobodys, _ = await owner.ask(topic, message, body | nothing(body))
        assert nobodys["problem"] == outcome["problem"]


def nothing(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give ids that nobody has, for those that a command names."""
    ids = {
        "list_id": "FL-2026-999999",
        "notice_ids": [str(uuid4())],
        "report_id": str(uuid4()),
        "contact_id": str(uuid4()),
    }
    return {name: value for name, value in ids.items() if name in body}
