"""The same contract over real PostgreSQL, and what only the database can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

from chassis.clock import FixedClock
from chassis.storage.database import Pool, create_pool
from chassis.storage.migrate import migrate
from chassis.storage.outbox import Outgoing
from chassis.storage.transaction import Transactions
from contracts.envelope import decode_headers
from ops.testing.databases import Databases
from services.municipality.adapters.ledgers import PgLedgers
from services.municipality.adapters.municipalities import PgMunicipalities
from services.municipality.adapters.register import PgRegister
from services.municipality.adapters.rejections import PgRejections
from services.municipality.adapters.reports import PgReports
from services.municipality.domain.codes import PlaceKind
from services.municipality.domain.ledger import YearId
from services.municipality.domain.list_facts import ListFact, ListHead
from services.municipality.use_cases.follow_lists import follow_lists
from tests.unit.municipality.fakes import Ports, Published, World
from tests.unit.municipality.report_contract import ReportContract
from tests.unit.municipality.repository_contract import (
    AT,
    BERGEN,
    OSLO,
    OSLO_2026,
    PEOPLE,
    RepositoryContract,
    division,
    head,
)


class PgWorld:
    """A World in PostgreSQL; what is published waits in the outbox, since no relay runs."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._transactions = Transactions(pool, "/fordeling/municipality", FixedClock(AT))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Ports]:
        async with self._transactions.begin() as transaction:
            yield Ports(
                PgLedgers(transaction),
                PgMunicipalities(transaction),
                PgRegister(transaction),
                PgRejections(transaction),
                PgReports(transaction),
            )

    async def published(self) -> list[Published]:
        return [_published(record) for record in await self.outgoing()]

    async def outgoing(self) -> list[Outgoing]:
        rows = await self.pool.fetch("DELETE FROM outbox RETURNING id, topic, key, headers, value")
        return [
            Outgoing(
                row["topic"],
                row["key"],
                decode_headers((name, value.encode()) for name, value in row["headers"].items()),
                row["value"],
            )
            for row in sorted(rows, key=lambda row: row["id"])
        ]


def _published(record: Outgoing) -> Published:
    about = record.envelope
    made = f"{about.type}:{about.subject}:{about.sequence}"
    own = None if about.id == made or about.sequence is None else about.id
    return Published(about.type, record.key, about.subject, about.sequence, about.partition_key, own)


@pytest.fixture
async def pool(databases: Databases) -> AsyncIterator[Pool]:
    pool = await create_pool(databases.migrated("services.municipality.migrations"), name="test", lock_timeout=5)
    yield pool
    await pool.close()


@pytest.fixture
def world(pool: Pool) -> PgWorld:
    return PgWorld(pool)


class TestInPostgres(RepositoryContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


class TestReportsInPostgres(ReportContract):
    @pytest.fixture
    def world(self, world: PgWorld) -> World:
        return world


OLD = """
INSERT INTO county VALUES ('03', 'Oslo');
INSERT INTO municipality VALUES ('k-0301', 1, 'Oslo', '03', 'neutral', 700000, '2024-01-01');
INSERT INTO ledger_year VALUES
    ('k-0301', 2026, 5, 900, 1, 0, 0, 0, 0, 0, 0), ('k-0301', 2027, 1, 0, 0, 1, 0, 0, 0, 0, 0);
INSERT INTO ledger_request VALUES ('k-0301', 2026, 1, 900, 0, '2026-02-01', '2026-01-01 12:00Z');
INSERT INTO ledger_resolution VALUES ('k-0301', 2026, 2, 900, 0, '2026-01-20', '1', '2026-01-21 12:00Z', 'user-1');
INSERT INTO ledger_entry VALUES
    ('k-0301', 2026, 2, 0, 'ordinary', 900, 0, 0, 0, NULL, NULL, NULL, '2026-01-21 12:00Z'),
    ('k-0301', 2026, 3, 0, 'ordinary', 0, 1, 0, 0, 'FL-1', 1, 1, '2026-12-28 12:00Z'),
    ('k-0301', 2026, 3, 1, 'ordinary', 0, 1, 0, 0, 'FL-1', 1, 2, '2026-12-28 12:00Z'),
    ('k-0301', 2026, 3, 2, 'ordinary', 0, 1, 0, 0, 'FL-1', 1, 3, '2026-12-28 12:00Z'),
    ('k-0301', 2026, 4, 0, 'ordinary', 0, -1, 0, 0, 'FL-1', 5, 2, '2026-12-30 12:00Z'),
    ('k-0301', 2026, 5, 0, 'ordinary', 0, -1, 0, 0, 'FL-1', 6, 1, '2027-01-02 12:00Z'),
    ('k-0301', 2027, 1, 0, 'ordinary', 0, 0, 1, 0, 'FL-1', 6, 1, '2027-01-02 12:00Z');
"""


async def test_a_ledger_from_before_lines_is_given_them_and_told(new_database: Callable[[], str]) -> None:
    """The migration names what old entries tell and numbers their lines; the next start tells all of it once."""
    url = new_database()
    with get_backend(url.replace("postgresql", "postgresql+psycopg", 1)) as backend:
        own = read_migrations(str(files("services.municipality.migrations")))
        backend.apply_migrations(MigrationList([one for one in own if one.path.endswith(".sql") and one.id < "0205"]))
    pool = await create_pool(url, name="test", lock_timeout=5)
    try:
        await pool.execute(OLD)
        await asyncio.to_thread(migrate, url, "services.municipality.migrations")
        assert [
            tuple(row) for row in await pool.fetch("SELECT year, line, movement, running_numbers FROM ledger_line")
        ] == [
            (2026, 1, "agreed", []), (2026, 2, "requested", [1, 2, 3]), (2026, 3, "released", [2]),
            (2026, 4, "placed", [1]), (2027, 1, "placed", [1]),
        ]  # fmt: skip
        for view in ("ledger_drift", "ledger_line_drift"):
            assert await pool.fetch(f"SELECT * FROM {view}") == []
        world = PgWorld(pool)
        async with world.begin() as ports:
            untold = await ports.ledgers.untold()
        assert untold == [OSLO_2026, YearId("k-0301", 2027)]
        for year_id in [*untold, *untold]:
            async with world.begin() as ports:
                await ports.ledgers.tell(year_id)
        assert [(record.key, record.sequence) for record in await world.published()] == [
            ("k-0301/2026/changes/1", 1), ("k-0301/2026/changes/2", 2), ("k-0301/2026/entries/1", 2),
            ("k-0301/2026/entries/2", 3), ("k-0301/2026/entries/3", 4), ("k-0301/2026/entries/4", 5),
            ("k-0301/2027/entries/1", 1),
        ]  # fmt: skip
    finally:
        await pool.close()


async def test_lines_that_are_not_all_there_are_noticed(world: PgWorld) -> None:
    """The view that counts them is empty, and would show a year that lacks one."""
    await register(world)
    async with world.begin() as ports:
        await follow_lists([head(1).received(PEOPLE), head(5).answered(PEOPLE[:1], PEOPLE[1:])], ports.ledgers)
    assert await world.pool.fetch("SELECT * FROM ledger_line_drift") == []
    await world.pool.execute("DELETE FROM ledger_entry WHERE line = 2")
    assert [tuple(row) for row in await world.pool.fetch("SELECT * FROM ledger_line_drift")] == [("k-0301", 2026)]


async def register(world: PgWorld) -> None:
    await RepositoryContract().follow_division(world, division(OSLO, BERGEN))
    await world.outgoing()


async def test_the_sums_equal_the_entries_in_the_database(world: PgWorld) -> None:
    """The view that compares them is empty, and would show a sum that drifted."""
    await register(world)
    people = [(number, PlaceKind.ORDINARY) for number in range(1, 61)]
    facts = [head(1).received(people), head(5).answered(people[:50], people[50:]), head(6).placed(people[:50], 2027)]
    async with world.begin() as ports:
        await follow_lists(facts, ports.ledgers)
    assert await world.pool.fetch("SELECT * FROM ledger_drift") == []
    assert await world.pool.fetchval("SELECT count(*) FROM ledger_entry") == 60 + 10 + 100
    await world.pool.execute("UPDATE ledger_year SET ordinary_placed = ordinary_placed + 1 WHERE year = 2027")
    drifted = await world.pool.fetch("SELECT * FROM ledger_drift")
    assert [(row["municipality_id"], row["year"]) for row in drifted] == [("k-0301", 2027)]


async def test_two_at_once_follow_one_after_the_other(world: PgWorld) -> None:
    """Transactions on one municipality wait for each other; each fact's version is its own."""
    await register(world)

    async def follow(fact: ListFact) -> None:
        async with world.begin() as ports:
            await follow_lists([fact], ports.ledgers)

    lists = [f"FL-2026-{number:06}" for number in range(8)]
    await asyncio.gather(*(follow(head(1, list_id).received(PEOPLE)) for list_id in lists))
    versions = [record.sequence for record in await world.published() if record.subject == str(OSLO_2026)]
    assert sorted(version for version in versions if version is not None) == sorted([*range(1, 9)] * 2)
    year = await RepositoryContract().year(world, OSLO_2026)
    assert year is not None
    assert year.sums[PlaceKind.ORDINARY].requested == 16
    assert await world.pool.fetch("SELECT * FROM ledger_drift") == []


async def test_several_municipalities_are_locked_in_one_order(world: PgWorld) -> None:
    """Batches that name the same municipalities in opposite orders do not stop each other."""
    await register(world)

    def fact(municipality_id: str, number: int) -> ListFact:
        return ListHead(f"FL-{municipality_id[2:]}-{number}", municipality_id, 2026, 1, AT).received(PEOPLE)

    async def follow(number: int) -> None:
        order = ["k-0301", "k-4601"] if number % 2 else ["k-4601", "k-0301"]
        async with world.begin() as ports:
            await follow_lists([fact(municipality_id, number) for municipality_id in order], ports.ledgers)

    await asyncio.gather(*(follow(number) for number in range(10)))
    for municipality_id in ("k-0301", "k-4601"):
        year = await RepositoryContract().year(world, YearId(municipality_id, 2026))
        assert year is not None
        assert year.version == 10


async def test_two_starts_at_once_register_once(world: PgWorld) -> None:
    """The second replica finds that the first has followed the division."""
    follow = RepositoryContract().follow_division
    changed = await asyncio.gather(*(follow(world, division(OSLO, BERGEN)) for _ in range(2)))
    assert sorted(changed) == [0, 2]
    assert len(await world.outgoing()) == 5


async def test_a_mistake_in_the_file_leaves_no_history_and_a_new_division_does(world: PgWorld) -> None:
    """A number corrected for the same day is replaced; one that a later division brings follows the former."""
    await register(world)
    follow = RepositoryContract().follow_division
    corrected = replace(OSLO, organisation_number="920415288")
    await follow(world, division(corrected, BERGEN, digest="two"))
    later = replace(corrected, organisation_number="829912252", valid_from=date(2027, 1, 1))
    await follow(world, division(later, BERGEN, digest="three"))
    rows = await world.pool.fetch(
        "SELECT organisation_number, valid_from, valid_to FROM municipality_organisation"
        " WHERE municipality_id = 'k-0301' ORDER BY valid_from"
    )
    assert [tuple(row) for row in rows] == [
        ("920415288", date(2024, 1, 1), date(2027, 1, 1)),
        ("829912252", date(2027, 1, 1), None),
    ]
    numbers = await world.pool.fetch("SELECT number, valid_to FROM municipality_number ORDER BY number")
    assert [tuple(row) for row in numbers] == [("0301", None), ("4601", None)]


async def test_a_hundred_facts_take_a_handful_of_statements(world: PgWorld) -> None:
    """Following is paid per batch, not per person."""
    await register(world)
    people = [(number, PlaceKind.ORDINARY) for number in range(1, 11)]
    facts = [head(1, f"FL-2026-{number:06}").received(people) for number in range(100)]
    statements: list[str] = []
    async with world.begin() as ports:
        assert isinstance(ports.ledgers, PgLedgers)
        connection = ports.ledgers.transaction.connection
        connection.add_query_logger(lambda query: statements.append(query.query))
        await follow_lists(facts, ports.ledgers)
    # Reading and writing the ledger's tables and the lock; the driver's own statements aside.
    own = [statement for statement in statements if "ledger_" in statement or "municipality" in statement]
    assert len(own) == 8
