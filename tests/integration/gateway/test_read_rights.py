"""Who reads what: one municipality and else nothing, on a real PostgreSQL."""

from __future__ import annotations

import asyncpg
import pytest

from chassis.storage.database import Pool
from gateway.readmodel.one_list import find_list
from gateway.readmodel.reader import Reader
from tests.browser.stage import world
from tests.browser.stage.world import BERGEN, OSLO
from tests.integration.gateway.conftest import Urls
from tests.integration.gateway.projecting import TABLES, fill


async def test_the_reader_sees_one_municipality_and_else_nothing(database: Pool, urls: Urls) -> None:
    """Row-level security on every table: closed without a setting, on NULL and '', and against others."""
    await fill(database, world.new_list("FL-2026-000101", OSLO, [2], days_left=6))
    connection = await asyncpg.connect(urls.reader)
    try:
        for table in TABLES:
            count = f"SELECT count(*) FROM readmodel.{table}"
            assert await connection.fetchval(count) == 0, table
            for setting in ("", None, BERGEN if table != "municipality" else "k-9999", "%", OSLO + " "):
                async with connection.transaction():
                    await connection.execute("SELECT set_config('fordeling.municipality', $1, true)", setting)
                    assert await connection.fetchval(count) == 0, (table, setting)
            async with connection.transaction():
                await connection.execute("SELECT set_config('fordeling.municipality', $1, true)", OSLO)
                if table != "letter":
                    assert await connection.fetchval(count) > 0, table
            # the setting ended with its transaction
            assert await connection.fetchval(count) == 0, table
    finally:
        await connection.close()


async def test_every_table_is_forced_behind_the_policies(database: Pool) -> None:
    """A table added later without row-level security fails here."""
    rows = await database.fetch(
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'readmodel'::regnamespace AND relkind = 'r'"
    )
    assert {row["relname"] for row in rows} == {*TABLES, "answer"}  # it is counted from others, and no record's
    assert all(row["relrowsecurity"] and row["relforcerowsecurity"] for row in rows)


async def test_the_reader_changes_nothing_and_sees_no_session(urls: Urls) -> None:
    """The pages' role has no way to change the read model, and none to sessions, commands or the chassis' tables."""
    connection = await asyncpg.connect(urls.reader)
    try:
        for statement in (
            "DELETE FROM readmodel.person",
            "INSERT INTO readmodel.letter VALUES ('a', 'b', 'c', 1, '{}')",
            "SELECT * FROM gateway.session",
            "SELECT * FROM gateway.command",
            "SELECT * FROM gateway.look",
            "DELETE FROM gateway.look",
            "UPDATE gateway.look SET refusal = NULL",
            "INSERT INTO gateway.look (at, municipality_id) VALUES (now(), 'k-0301')",
            "SELECT * FROM public.dead_letter",
            "CREATE TABLE readmodel.mine (id int)",
            "SET ROLE fordeling_test",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_query_for_the_wrong_municipality_finds_nothing(database: Pool, reading: Pool) -> None:
    """The filter of the query and the policy both hold: neither alone opens another municipality's list."""
    one = world.new_list("FL-2026-000101", OSLO, [2], days_left=6)
    await fill(database, one)
    reader = Reader(reading)
    assert await find_list(reader, BERGEN, one.state.list_id) is None
    row = await reader.row(BERGEN, "SELECT count(*) AS n FROM readmodel.person WHERE municipality_id = $1", OSLO)
    assert row is not None
    assert row["n"] == 0
