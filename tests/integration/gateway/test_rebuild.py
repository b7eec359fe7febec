"""The read model built anew and swapped, over a real database and broker, while pages are read and owners go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Producer

from contracts import topics
from contracts.distribution.v1 import ListState
from contracts.envelope import Envelope, encode_headers
from gateway.readmodel import rebuild as rebuilding
from gateway.readmodel.rebuild import CannotRebuildError, Progress, rebuild
from gateway.readmodel.tables import TABLES
from tests.browser.stage import ledgers, world
from tests.browser.stage.owner import Owner
from tests.browser.stage.world import OSLO
from tests.integration.gateway.api_client import Client, system
from tests.integration.gateway.conftest import Urls, settings
from tests.integration.gateway.machines import Issuer, issuing

LISTS = 30
LISTS_PATH = f"/municipalities/{OSLO}/distribution-lists"
SECONDS = 30.0

# Everything by which one schema could differ from another, but for the rows.
STRUCTURE = """
SELECT jsonb_build_object(
    'columns', (SELECT jsonb_agg(jsonb_build_array(table_name, column_name, data_type, is_nullable, column_default)
                                 ORDER BY table_name, ordinal_position)
                FROM information_schema.columns WHERE table_schema = 'readmodel'),
    'indexes', (SELECT jsonb_agg(indexdef ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'readmodel'),
    'constraints', (SELECT jsonb_agg(conname || pg_get_constraintdef(c.oid) ORDER BY conname)
                    FROM pg_constraint AS c WHERE connamespace = 'readmodel'::regnamespace),
    'policies', (SELECT jsonb_agg(to_jsonb(p) ORDER BY tablename, policyname)
                 FROM pg_policies AS p WHERE schemaname = 'readmodel'),
    'forced', (SELECT jsonb_agg(jsonb_build_array(relname, relrowsecurity, relforcerowsecurity, relacl::text)
                                ORDER BY relname)
               FROM pg_class WHERE relnamespace = 'readmodel'::regnamespace AND relkind = 'r'),
    'schema', (SELECT nspacl::text FROM pg_namespace WHERE nspname = 'readmodel'))::text
"""
COUNTED = "SELECT * FROM readmodel.answer ORDER BY list_id, place_kind, reason"
SCHEMAS = "SELECT array_agg(nspname::text) FROM pg_namespace WHERE nspname LIKE 'readmodel%'"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as found:
        yield found


@pytest.fixture
def owner(own_kafka: str, tmp_path: Path) -> Iterator[Owner]:
    """Tell of municipalities, ledgers and lists of this test's own."""
    found = Owner(own_kafka, tmp_path)
    found.tell_the_world()
    for number in range(LISTS):
        found.add(world.new_list(f"FL-2026-{900000 + number}", OSLO, [2, 1], days_left=5))
    found.start()
    yield found
    found.stop()


@pytest.fixture
async def client(own_kafka: str, urls: Urls, issuer: Issuer, owner: Owner, tmp_path: Path) -> AsyncIterator[Client]:
    """Run a gateway that shows all of that, and give a reader of its pages."""
    del owner
    async with system(urls, own_kafka, issuer, tmp_path, api_requests_per_minute=10**6) as (_running, clients):
        found = clients()
        await found.until(f"{LISTS_PATH}/FL-2026-900029", lambda answer: answer.status_code == 200)
        yield found


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(urls.owner)
    yield connection
    await connection.close()


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    deadline = time.monotonic() + SECONDS
    while not await holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@asynccontextmanager
async def reading(client: Client) -> AsyncIterator[list[int]]:
    """Read pages all the while, from several sides; gives how long each list of lists was. No answer may fail."""
    lengths: list[int] = []
    stop = asyncio.Event()

    async def read() -> None:
        while not stop.is_set():
            answer = await client.http.get(f"{LISTS_PATH}?limit=100")
            assert answer.status_code == 200, answer.text
            lengths.append(len(answer.json()["items"]))
            answer = await client.http.get(f"{LISTS_PATH}/FL-2026-900003")
            assert answer.status_code == 200, answer.text

    tasks = [asyncio.create_task(read()) for _ in range(4)]
    try:
        yield lengths
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def all_shown(database: asyncpg.Connection[asyncpg.Record], owner: Owner) -> bool:
    """Tell whether each topic has been projected: they come independently of each other."""
    told = {"distribution_list": len(owner.lists), "ledger_list": len(owner.lists), "notice": len(owner.notices)}
    told["ledger_year"] = len(list(ledgers.ledgers()))
    answered = (one for one in owner.lists.values() if one.state.answered)
    told["letter"] = sum(1 + sum(person.decision.accept for person in one.persons) for one in answered)
    told["letter"] += sum(year.request is not None for year in ledgers.ledgers())
    counts = {table: await database.fetchval(f"SELECT count(*) FROM readmodel.{table}") for table in told}
    return counts == told


async def rows(database: asyncpg.Connection[asyncpg.Record]) -> dict[str, Any]:
    """Read all that the read model holds, each table's rows in an order of their own content."""
    held = "SELECT jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text)::text FROM readmodel.{} AS t"
    return {table.name: await database.fetchval(held.format(table.name)) for table in TABLES.values()}


@pytest.mark.heavy
async def test_pages_answer_while_it_is_built_and_swapped(
    own_kafka: str,
    urls: Urls,
    client: Client,
    owner: Owner,
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    """No read fails or finds less, live changes arrive before and after, and the new schema is as the old one was."""
    one = owner.lists["FL-2026-900003"]
    await until(partial(all_shown, database, owner))
    before, structure = await rows(database), await database.fetchval(STRUCTURE)
    lists = len((await client.get(f"{LISTS_PATH}?limit=100")).json()["items"])
    progress: list[Progress] = []
    stop = asyncio.Event()

    async def go_on() -> None:
        while not stop.is_set():
            one.version += 1
            owner.tell_list(one)
            await asyncio.sleep(0.02)

    live = asyncio.create_task(go_on())
    async with reading(client) as lengths:
        for _ in range(3):
            rebuilt = await rebuild(settings(urls, own_kafka), progress.append)
            assert rebuilt.records > LISTS * 4
    stop.set()
    await live
    one.version += 1
    owner.tell_list(one)

    async def arrived() -> bool:
        statement = "SELECT sequence FROM readmodel.distribution_list WHERE list_id = $1"
        return bool(await database.fetchval(statement, one.state.list_id) == one.version)

    await until(arrived)
    assert len(lengths) > 10
    assert min(lengths) == lists
    assert progress[0].total > 0
    assert progress[-1].lag == 0
    assert await database.fetchval(STRUCTURE) == structure
    assert await database.fetchval(SCHEMAS) == ["readmodel"]
    after = await rows(database)
    for name in set(before) - {"distribution_list", "person"}:
        assert after[name] == before[name]
    assert await database.fetchval("SELECT count(*) FROM inbox_sequence WHERE reader LIKE '%.rebuild'") == 0


@pytest.mark.heavy
async def test_what_the_live_one_lost_is_there_again(
    own_kafka: str,
    urls: Urls,
    client: Client,
    owner: Owner,
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    """Rows deleted or altered by hand are as the topics say; so are what an interrupted rebuild left behind: gone.

    What is counted, and not told, is counted anew: a release that did not count it may have shown it.
    """
    await until(partial(all_shown, database, owner))
    counted = await database.fetch(COUNTED)
    assert counted
    await database.execute("DELETE FROM readmodel.answer")
    path = f"{LISTS_PATH}/FL-2026-900029"
    await database.execute("DELETE FROM readmodel.distribution_list WHERE list_id = 'FL-2026-900029'")
    await database.execute("UPDATE readmodel.person SET sequence = 10 ^ 15")
    await database.execute("CREATE SCHEMA readmodel_next; CREATE TABLE readmodel_next.left_behind (id text)")
    await rebuild(settings(urls, own_kafka), lambda _progress: None)
    assert (await client.get(path)).status_code == 200
    assert await database.fetchval("SELECT max(sequence) < 10 ^ 15 FROM readmodel.person")
    assert await database.fetch(COUNTED) == counted
    assert await database.fetchval(SCHEMAS) == ["readmodel"]


async def test_two_at_once_and_what_cannot_be_projected_are_refused(
    own_kafka: str, urls: Urls, owner: Owner, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    """The second of two, and one that meets a record it cannot read, leave the live read model as it was."""
    del owner
    key = await database.fetchval("SELECT pg_try_advisory_lock($1)", rebuilding.REBUILDING)
    assert key
    with pytest.raises(CannotRebuildError, match="another rebuild"):
        await rebuild(settings(urls, own_kafka), lambda _progress: None)
    await database.execute("SELECT pg_advisory_unlock_all()")
    poison(own_kafka, "FL-POISON", b"{}")
    try:
        with pytest.raises(CannotRebuildError, match="cannot be projected"):
            await rebuild(settings(urls, own_kafka), lambda _progress: None)
    finally:
        poison(own_kafka, "FL-POISON", None)
    assert await database.fetchval(SCHEMAS) is not None


def poison(bootstrap: str, key: str, value: bytes | None) -> None:
    """Put a list nobody can read on the topic, or erase it."""
    envelope = Envelope("poison", "/test", ListState.message_type, key, world.now(), 1 if value else 2)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topics.DISTRIBUTION_STATE.name, value, key, headers=encode_headers(envelope))
    producer.flush(10)


async def test_an_interrupted_one_is_begun_again(
    own_kafka: str, urls: Urls, owner: Owner, database: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Killed on the way it has changed nothing that is read; the next one drops what is left and ends well."""
    del owner

    class KilledError(Exception):
        pass

    def kill(_progress: Progress) -> None:
        raise KilledError

    structure = await database.fetchval(STRUCTURE)
    with pytest.raises(KilledError):
        await rebuild(settings(urls, own_kafka), kill)
    assert await database.fetchval(STRUCTURE) == structure
    await rebuild(settings(urls, own_kafka), lambda _progress: None)
    assert await database.fetchval(SCHEMAS) == ["readmodel"]
    assert await database.fetchval("SELECT count(*) FROM readmodel.distribution_list") > LISTS
