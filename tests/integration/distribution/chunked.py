"""Distribution's readers over real PostgreSQL, without Kafka: so many records a chunk, and what comes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chassis.clock import FixedClock
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Received, Record
from chassis.storage.database import Pool
from chassis.storage.transaction import Transaction, Transactions
from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Envelope, Message, encode_headers
from contracts.fields import Actor
from services.distribution.bootstrap import DistributionSettings, bootstrap
from services.distribution.use_cases.keep_municipalities import keep_municipalities
from services.distribution.use_cases.publish_list import publish_list
from tests.integration.distribution.pg_world import PgWorld
from tests.unit.distribution.samples import AT, BERGEN, OSLO, body, incoming, offered
from tests.unit.distribution.steps import REGISTER

TABLES = (
    "distribution_list", "person", "person_identity", "settlement", "list_change", "thread_message", "command_outcome",
    "inbox", "municipality_number", "municipality_four_eyes", "outbox", "dead_letter", "parked_subject",
    "rejected_original", "waiting_original", "waiting_task", "waiting_need",
)  # fmt: skip
TIMES = "{created_at,parked_at,position}"
"""Of the database's own clock and counters: columns that are not compared."""

KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
NO_HOUSING = {"accept": False, "reason": "no_suitable_housing"}


def name(number: int) -> str:
    return f"FL-2026-{number:06d}"


@dataclass
class Chunked:
    """Distribution's reader of a topic over a database, so many records at a time."""

    pool: Pool
    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    async def prepare(self, lists: int = 0) -> None:
        """Have so many lists of three persons, every third Bergen's, which wants four eyes."""
        await self.pool.execute(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY CASCADE")
        world = PgWorld(self.pool)
        async with world.begin() as ports:
            await keep_municipalities(REGISTER, 2, ports.municipalities, ports.waiting)
            for number in range(lists):
                persons = [offered(person, who=3 * number + person) for person in (1, 2, 3)]
                published = body(name(number), "0301" if number % 3 else "4601", persons=persons)
                await publish_list(incoming(published, offset=number), ports, received_at=AT, now=AT)
        await self.pool.execute("UPDATE municipality_four_eyes SET required = true WHERE municipality_id = $1", BERGEN)
        await self.pool.execute("TRUNCATE outbox RESTART IDENTITY")

    async def handle(
        self, topic: str, records: Sequence[Record], at_a_time: int, looked: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Handle the records of a topic. ``looked``: done once a chunk has looked ahead."""
        settings = DistributionSettings(
            kafka_bootstrap_servers="localhost:1", database_url="unused", fordeling_embedded=True,
            chunk_records=at_a_time, chunk_seconds=60, batch_seconds=60,
        )  # fmt: skip
        service = bootstrap(settings)
        [read] = [one for one in service.subscriptions if one.topic == topic]
        ahead = read.ahead
        if looked is not None and ahead is not None:

            async def look(coming: Sequence[Received[Any]], transaction: Transaction) -> None:
                await ahead(coming, transaction)
                await looked()

            read = replace(read, ahead=look)
        self.statements.clear()
        self.transactions = 0
        reader = Reader(service.name, read, Counting(self), settings, asyncio.Event())
        reader.appetite.within = lambda _seconds, most: most  # type: ignore[method-assign]  all that it may
        await reader.handle(records)

    async def all(self, *without: str) -> dict[str, list[str]]:
        """Give every row of every table as JSON; times of the database's own clock left out."""
        return {
            table: [
                row[0]
                for row in await self.pool.fetch(
                    f"SELECT (to_jsonb(t) - '{TIMES}'::text[])::text FROM {table} AS t ORDER BY 1"
                )
            ]
            for table in TABLES
            if table not in without
        }


class Counting(Transactions):
    """Counts transactions, and keeps what is asked in them."""

    def __init__(self, chunked: Chunked) -> None:
        super().__init__(chunked.pool, "/fordeling/distribution", FixedClock(AT))
        self.chunked = chunked

    @asynccontextmanager
    async def begin(self, cause: Envelope | None = None) -> AsyncIterator[Transaction]:
        self.chunked.transactions += 1
        async with super().begin(cause) as transaction:
            logger = transaction.connection.query_logger(lambda query: self.chunked.statements.append(query.query))
            with logger:
                yield transaction


async def handle_commands(chunked: Chunked, commands: Sequence[tuple[str, Message]], at_a_time: int) -> None:
    """Handle the commands, given with their ids."""
    records = [record(offset, *command) for offset, command in enumerate(commands)]
    await chunked.handle(topics.DISTRIBUTION_COMMANDS.name, records, at_a_time)


def record(offset: int, command_id: str, command: Any) -> Record:
    identity = str(uuid5(NAMESPACE_URL, command_id))
    envelope = Envelope(identity, "/fordeling/gateway", command.message_type, command.list_id, AT)
    value = command.model_dump_json(by_alias=True).encode()
    key = command.municipality_id.encode()
    return Record(topics.DISTRIBUTION_COMMANDS.name, 0, offset, 1_764_000_000_000, key, encode_headers(envelope), value)


def head(number: int, version: int, actor: Actor = KARI) -> dict[str, Any]:
    owner = OSLO if number % 3 else BERGEN
    return {"list_id": name(number), "municipality_id": owner, "expected_version": version, "actor": actor}


def decisions(*declined: int) -> list[dict[str, Any]]:
    answers = {number: NO_HOUSING if number in declined else {"accept": True} for number in (1, 2, 3)}
    return [{"running_number": number, **answer} for number, answer in answers.items()]


def approve_and_send(number: int, *declined: int) -> list[Message]:
    return [
        v1.ApproveList(**head(number, 1), decisions=decisions(*declined)),
        v1.SendAnswer(**head(number, 3, OLA), accepted_at=AT),
    ]
