from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

import chassis
from chassis.clock import FixedClock
from chassis.running.housekeeping import KEEP, Housekeeper
from chassis.storage import outcomes
from chassis.storage.database import Pool, create_pool
from chassis.storage.migrate import migrate
from chassis.storage.transaction import Transactions
from chassis.storage.waiting import Task, Waiting
from tests.integration.chassis.stage import NOON, Counted, Stage, counted

OLD_IDS = """
INSERT INTO inbox (reader, source, message_id, received_at) SELECT 'r', $3, n::text, $1 FROM generate_series(1, $2) AS n
"""
OLD_OUTCOMES = """
INSERT INTO command_outcome (command_id, topic, key, type, subject, body, stored_at)
SELECT $3 || n::text, 't', 'k', 't', 's', '', $1 FROM generate_series(1, $2) AS n
"""


@pytest.fixture
async def pool(stage: Stage) -> AsyncIterator[Pool]:
    pool = await create_pool(stage.database_url, name="test")
    yield pool
    await pool.close()


@pytest.fixture
def transactions(pool: Pool) -> Transactions:
    return Transactions(pool, "/test", FixedClock(NOON))


def test_several_may_migrate_at_once_and_a_killed_one_leaves_nothing_locked(new_database: Callable[[], str]) -> None:
    """One applies all, the others find nothing to do; yoyo's lock row of a crash is not in the way."""
    url = new_database()
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(url), range(4)))
    assert sorted(len(ids) for ids in applied)[:3] == [0, 0, 0]
    assert len(set(next(ids for ids in applied if ids))) == len(
        list(Path(chassis.__file__).parent.glob("migrations/*.sql"))
    )
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    assert migrate(url) == []


def test_a_migration_that_fails_leaves_nothing_half_done(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is one transaction; a percent sign and a dollar-quoted function are fine in it."""
    root = tmp_path_factory.mktemp("packages")
    package = root / "some_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "0001.some-good.sql").write_text(
        "-- Before deploy\nCREATE TABLE good (a text CHECK (a LIKE '%x'));\n"
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$;\n"
    )
    (package / "0002.some-bad.sql").write_text("-- Before deploy\nCREATE TABLE half (a int);\nSELECT 1/0;\n")
    monkeypatch.syspath_prepend(str(root))
    url = new_database()
    with pytest.raises(psycopg.Error):
        migrate(url, "some_migrations")
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('good') IS NOT NULL, to_regclass('half') IS NULL").fetchone()
    assert row == (True, True)


async def test_a_task_resumes_once_everything_it_needs_has_arrived(stage: Stage, transactions: Transactions) -> None:
    """In at least the version asked for; it is handed out once."""
    async with transactions.begin() as transaction:
        assert not await Waiting(transaction).put("t", "make", {"id": 7}, [("a", 2), ("b", 1), ("c", 1)], {"c": 5})
    async with transactions.begin() as transaction:
        assert await Waiting(transaction).arrived("a", 1) == []
    async with transactions.begin() as transaction:
        assert await Waiting(transaction).arrived("b", 9) == []
    async with transactions.begin() as transaction:
        assert await Waiting(transaction).arrived("a", 2) == [Task("t", "make", {"id": 7})]
        assert await Waiting(transaction).arrived("a", 3) == []
    assert await stage.count("waiting_task") == 0
    assert await stage.count("waiting_need") == 0


async def test_a_task_does_not_wait_for_what_is_here(transactions: Transactions) -> None:
    """Known to the caller, or told earlier by arrived."""
    async with transactions.begin() as transaction:
        assert await Waiting(transaction).put("t", "make", {}, [("a", 2)], {"a": 2})
        await Waiting(transaction).arrived("b", 3)
        assert await Waiting(transaction).put("u", "make", {}, [("a", 2), ("b", 3)], {"a": 2})


async def test_a_task_and_an_arrival_at_the_same_moment_do_not_miss_each_other(
    stage: Stage, transactions: Transactions
) -> None:
    """Whichever commits first, the task comes out: at once, or from the arrival."""
    found: list[Task] = []

    async def put(task: str, entity: str) -> None:
        async with transactions.begin() as transaction:
            if await Waiting(transaction).put(task, "make", {}, [(entity, 1)]):
                found.append(Task(task, "make", {}))

    async def arrive(entity: str) -> None:
        async with transactions.begin() as transaction:
            found.extend(await Waiting(transaction).arrived(entity, 1))

    for number in range(40):
        await asyncio.gather(put(f"t-{number}", f"e-{number}"), arrive(f"e-{number}"))
    assert len(found) == 40
    assert await stage.count("waiting_task") == 0


async def test_the_last_two_needs_met_at_the_same_moment_give_the_task_once(
    stage: Stage, transactions: Transactions
) -> None:
    """Two transactions meet one need each, neither sees the other's: the later one takes the task."""
    found: list[Task] = []

    async def arrive(entity: str) -> None:
        async with transactions.begin() as transaction:
            found.extend(await Waiting(transaction).arrived(entity, 1))

    for number in range(20):
        async with transactions.begin() as transaction:
            await Waiting(transaction).put(f"t-{number}", "make", {}, [(f"a-{number}", 1), (f"b-{number}", 1)])
        await asyncio.gather(arrive(f"a-{number}"), arrive(f"b-{number}"))
    assert sorted(task.task_id for task in found) == sorted(f"t-{number}" for number in range(20))
    assert await stage.count("waiting_need") == 0


async def test_a_commands_outcome_is_kept_and_repeated_with_the_same_id(
    stage: Stage, transactions: Transactions
) -> None:
    """A command that comes again gets the answer it got the first time."""
    _, cause, _ = counted("command", 1)
    async with transactions.begin(cause) as transaction:
        await outcomes.store(transaction, "c-1", "replies", "c-1", Counted(number=5))
    async with transactions.begin(replace(cause, id="again")) as transaction:
        assert await outcomes.repeat(transaction, "c-1")
        assert not await outcomes.repeat(transaction, "c-2")
    first, second = await stage.connection.fetch("SELECT key, value, headers ->> 'ce_id' AS id FROM outbox ORDER BY id")
    assert tuple(first) == tuple(second) == ("c-1", b'{"number":5}', "outcome:c-1")


async def test_a_rolled_back_transaction_publishes_nothing(stage: Stage, pool: Pool) -> None:
    """Neither rows nor the call to the relay."""
    woken: list[int] = []
    transactions = Transactions(pool, "/test", FixedClock(NOON), lambda: woken.append(1))

    async def publish(*, fail: bool) -> None:
        async with transactions.begin() as transaction:
            await transaction.publish("t", Counted(number=1), key="k", subject="s", sequence=1)
            if fail:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        await publish(fail=True)
    assert await stage.count("outbox") == 0
    await publish(fail=False)
    assert (await stage.count("outbox"), woken) == (1, [1])


async def test_what_is_old_is_forgotten_in_batches_that_wait_for_nobody(
    stage: Stage, transactions: Transactions
) -> None:
    """One bounded batch of each table at a time, the newer rows kept, and a row that somebody holds left alone."""
    for age, rows in ((KEEP + timedelta(hours=1), 12), (KEEP - timedelta(hours=1), 3)):
        await stage.connection.execute(OLD_IDS, NOON - age, rows, str(age))
        await stage.connection.execute(OLD_OUTCOMES, NOON - age, rows, str(age))
    async with stage.connection.transaction():
        await stage.connection.execute("SELECT FROM inbox ORDER BY received_at LIMIT 1 FOR UPDATE")
        async with asyncio.timeout(10):
            housekeepers = [Housekeeper(transactions, batch=5) for _ in range(2)]
            await housekeepers[0].work()
            assert [await stage.count("inbox"), await stage.count("command_outcome")] == [10, 10]
            await asyncio.gather(*(housekeeper.work() for housekeeper in housekeepers))
            await housekeepers[0].work()
        assert [await stage.count("inbox"), await stage.count("command_outcome")] == [4, 3]
    await housekeepers[0].work()
    assert await stage.count("inbox") == 4  # it rests
    await Housekeeper(transactions, batch=5).work()
    assert await stage.count("inbox") == 3
