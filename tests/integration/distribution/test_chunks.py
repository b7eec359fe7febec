"""Commands of a chunk, handled together over real PostgreSQL: what comes of them is what comes of one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from chassis.clock import FixedClock
from chassis.reading.consumer import Reader
from chassis.reading.subscriptions import Record
from chassis.storage.database import Pool, create_pool
from chassis.storage.migrate import migrate
from chassis.storage.transaction import Transaction, Transactions
from contracts import codes, topics
from contracts.distribution import v1
from contracts.distribution.threads_v1 import AskQuestion
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
)  # fmt: skip
KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
OLA = Actor(user_id="user-ola", display_name="Ola Hansen", role=codes.Role.SETTLEMENT_WRITER)
NO_HOUSING = {"accept": False, "reason": "no_suitable_housing"}
REFUSES = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON distribution_list FOR EACH ROW WHEN (new.list_id = 'FL-2026-000003')
EXECUTE FUNCTION refuse()
"""
ANSWERED = "SELECT count(*) FROM distribution_list WHERE status = 'answered'"
UNREADABLE = "UPDATE person SET details = '{}' WHERE list_id = 'FL-2026-000003'"


def name(number: int) -> str:
    return f"FL-2026-{number:06d}"


@dataclass
class Commanded:
    """Distribution's commands over a database, read so many at a time."""

    pool: Pool
    statements: list[str] = field(default_factory=list)
    transactions: int = 0

    async def prepare(self, lists: int) -> None:
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

    async def handle(self, commands: Sequence[tuple[str, Message]], at_a_time: int) -> None:
        """Handle the commands, given with their ids."""
        settings = DistributionSettings(
            kafka_bootstrap_servers="localhost:1", database_url="unused", fordeling_embedded=True,
            chunk_records=at_a_time, chunk_seconds=60, batch_seconds=60,
        )  # fmt: skip
        service = bootstrap(settings)
        [read] = [one for one in service.subscriptions if one.topic == topics.DISTRIBUTION_COMMANDS.name]
        self.statements.clear()
        self.transactions = 0
        reader = Reader(service.name, read, Counting(self), settings, asyncio.Event())
        reader.appetite.within = lambda _seconds, most: most  # type: ignore[method-assign]  all that it may
        await reader.handle([record(offset, *command) for offset, command in enumerate(commands)])

    async def all(self, *without: str) -> dict[str, list[str]]:
        """Give every row of every table as JSON; times of the database's own clock left out."""
        return {
            table: [
                row[0]
                for row in await self.pool.fetch(
                    f"SELECT (to_jsonb(t) - 'created_at' - 'parked_at')::text FROM {table} AS t ORDER BY 1"
                )
            ]
            for table in TABLES
            if table not in without
        }


class Counting(Transactions):
    """Counts transactions, and keeps what is asked in them."""

    def __init__(self, commanded: Commanded) -> None:
        super().__init__(commanded.pool, "/fordeling/distribution", FixedClock(AT))
        self.commanded = commanded

    @asynccontextmanager
    async def begin(self, cause: Envelope | None = None) -> AsyncIterator[Transaction]:
        self.commanded.transactions += 1
        async with super().begin(cause) as transaction:
            logger = transaction.connection.query_logger(lambda query: self.commanded.statements.append(query.query))
            with logger:
                yield transaction


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


def life(chance: Random, number: int) -> list[Message]:
    """Give what a municipality may do with a list, now and then what it may not; in an order that makes sense."""
    declined = [person for person in (1, 2, 3) if chance.random() < 0.3]
    about, sender = head(number, 5), chance.choice((KARI, OLA))
    commands: list[Message] = [
        v1.SaveDecisions(**head(number, 1), decisions=decisions(*declined[:1])),
        v1.ApproveList(**head(number, 3), decisions=decisions(*declined)),
        v1.ReturnToTreatment(**head(number, 4)),
        v1.ApproveList(**head(number, 5, OLA), decisions=decisions(*declined)),
        AskQuestion(list_id=name(number), municipality_id=about["municipality_id"], actor=KARI, text="Når kommer hun?"),
        v1.SendAnswer(**head(number, chance.choice((6, 6, 4)), sender), accepted_at=AT),
        v1.PlanSettlement(**head(number, 9), running_numbers=[1, 2], week={"year": 2026, "week": 50}),
        v1.RegisterSettlement(**head(number, 9), running_number=1, settlement_date=AT.date()),
    ]
    return [command for command in commands if chance.random() < 0.9]


def interleaved(chance: Random, lives: Sequence[Sequence[Message]], *, repeats: bool) -> list[tuple[str, Message]]:
    """Mix the lives, each in its own order; ``repeats``: some commands come twice under their id."""
    rest, mixed = [list(one) for one in lives], []
    while rest := [one for one in rest if one]:
        command = chance.choice(rest).pop(0)
        mixed.append((f"command-{len(mixed)}", command))
        if repeats and chance.random() < 0.1:
            mixed.append(mixed[-1])
    strange = head(99, 1) | {"municipality_id": OSLO}
    anothers = head(0, 1) | {"municipality_id": OSLO}
    mixed.insert(3, ("nowhere", v1.ApproveList(**strange, decisions=decisions())))
    mixed.insert(9, ("anothers", v1.ApproveList(**anothers, decisions=decisions())))
    return mixed


@pytest.fixture(scope="module")
def migrated(new_database: Callable[[], str]) -> str:
    url = new_database()
    migrate(url, "services.distribution.migrations")
    return url


@pytest.fixture
async def commanded(migrated: str) -> AsyncIterator[Commanded]:
    async with await create_pool(migrated, name="test") as pool:
        yield Commanded(pool)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("repeats", [False, True])
async def test_together_comes_to_the_same_as_one_by_one(commanded: Commanded, seed: int, *, repeats: bool) -> None:
    """Every row of every table, and every record of the outbox in order; some commands are refused, some repeated."""
    chance = Random(seed)
    commands = interleaved(chance, [life(chance, number) for number in range(8)], repeats=repeats)
    await commanded.prepare(8)
    await commanded.handle(commands, 1)
    alone, transactions = await commanded.all(), commanded.transactions
    await commanded.prepare(8)
    await commanded.handle(commands, 1000)
    # A repeat is answered in a transaction of its own: the first outcome must have been told by then.
    assert transactions == len(commands)
    assert commanded.transactions < transactions if repeats else commanded.transactions == 1
    assert await commanded.all() == alone
    outcomes = " ".join(alone["command_outcome"])
    assert all(f"command-{kind}" in outcomes for kind in ("accepted", "refused"))
    assert not alone["dead_letter"]
    assert all(alone[table] for table in ("settlement", "list_change", "thread_message"))


async def test_what_a_chunk_asks_does_not_grow_with_its_lists(commanded: Commanded) -> None:
    """Approved and sent, some persons declined: as many statements for twenty lists as for two."""
    asked = []
    for lists in (2, 2, 20):  # the first time asyncpg asks for types too
        await commanded.prepare(lists)
        commands = [command for number in range(lists) for command in approve_and_send(number, 2)]
        await commanded.handle([(f"command-{index}", command) for index, command in enumerate(commands)], 1000)
        asked.append(commanded.statements[:])
        assert (
            await commanded.pool.fetchval("SELECT count(*) FROM distribution_list WHERE status = 'answered'") == lists
        )
    assert len(asked[1]) == len(asked[2])


@pytest.mark.parametrize("harm", [REFUSES, UNREADABLE], ids=["cannot be written", "cannot be read"])
async def test_a_bad_list_among_many_falls_alone(commanded: Commanded, harm: str) -> None:
    """Its commands are parked in their order; all others have their effect, once."""
    await commanded.prepare(8)
    commands = [command for number in range(8) for command in approve_and_send(number)]
    await commanded.pool.execute(harm)
    try:
        await commanded.handle([(f"command-{index}", command) for index, command in enumerate(commands)], 1000)
    finally:
        await commanded.pool.execute("DROP FUNCTION IF EXISTS refuse CASCADE")
    parked = await commanded.pool.fetch("SELECT subject FROM dead_letter ORDER BY id")
    assert [row["subject"] for row in parked] == [name(3)] * 2
    statuses = await commanded.pool.fetch("SELECT list_id, status FROM distribution_list ORDER BY list_id")
    assert [row["status"] for row in statuses] == [*["answered"] * 3, "received", *["answered"] * 4]
    ids = await commanded.pool.fetch("SELECT headers ->> 'ce_id' AS id FROM outbox")
    assert len({row["id"] for row in ids}) == len(ids)
    assert await commanded.pool.fetchval("SELECT count(*) FROM command_outcome") == 14


async def test_looking_up_waits_for_nobody(commanded: Commanded) -> None:
    """A list that another transaction has in hand is opened in its turn, as that transaction left it."""
    await commanded.prepare(2)
    world = PgWorld(commanded.pool)
    async with world.begin() as ports:
        async with commanded.pool.acquire() as other, other.transaction():
            await other.execute("UPDATE distribution_list SET message = 'Ring oss.' WHERE list_id = $1", name(1))
            await asyncio.wait_for(ports.lists.look_up([name(0), name(1)], None), 1)
        held, free = await ports.lists.get(name(1), OSLO), await ports.lists.get(name(0), BERGEN)
    assert held is not None
    assert free is not None
    assert held.message == "Ring oss."
