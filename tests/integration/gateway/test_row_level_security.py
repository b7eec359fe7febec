"""Row-level security as PostgreSQL's catalogue tells it: no table of a municipality's data without a forced policy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from chassis.storage.database import create_pool
from gateway.readmodel.reader import Reader, ReaderSeesAllError, check_role
from ops.testing.databases import READER, Databases
from tests.integration.gateway.conftest import Urls

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OSLO, BERGEN = "k-0301", "k-4601"

# Whatever holds rows and has a column that names a municipality, in whichever schema. "seen": whether the reader may
# read any of it; "rules": the policies that let it; restrictive ones only take away.
TABLES = """
SELECT format('%s.%s', nspname, relname) AS name, relkind::text AS kind, relrowsecurity, relforcerowsecurity,
       has_any_column_privilege($1, c.oid, 'SELECT') AS seen,
       (SELECT coalesce(array_agg(coalesce(qual, 'true') ORDER BY policyname), '{}') FROM pg_policies AS p
        WHERE p.schemaname = nspname AND p.tablename = relname AND p.cmd IN ('ALL', 'SELECT')
          AND p.permissive = 'PERMISSIVE' AND p.roles && ARRAY[$1::name, 'public']) AS rules
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname NOT IN ('pg_catalog', 'information_schema')
  AND nspname NOT LIKE 'pg_toast%'
  AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname LIKE '%municipality%' AND NOT attisdropped)
ORDER BY 1
"""
SETTING = "NULLIF(current_setting('fordeling.municipality'::text, true), ''::text)"
OWN = f'(municipality_id = ( SELECT {SETTING} AS "nullif"))'


def faults(row: Any) -> list[str]:
    """Tell what a table lacks."""
    if row["kind"] != "r":
        return [f"{row['name']}: a view, partitioned or foreign table, which these tests do not know yet"]
    found = []
    if not (row["relrowsecurity"] and row["relforcerowsecurity"]):
        found.append(f"{row['name']}: ENABLE and FORCE ROW LEVEL SECURITY, as in gateway/migrations/0555")
    if row["seen"] and row["rules"] != [OWN]:
        found.append(f"{row['name']}: the reader needs the one policy own_municipality, and has {row['rules']}")
    return found


async def test_every_table_of_a_municipalitys_data_is_forced_behind_a_policy(database: Any) -> None:
    """A table added later with a municipality's column and no policy fails here, by its name."""
    rows = await database.fetch(TABLES, READER)
    assert {row["name"] for row in rows} >= {"readmodel.person", "readmodel.person_folder", "gateway.command"}
    assert [fault for row in rows for fault in faults(row)] == []


async def test_a_table_without_a_policy_is_found(database: Any) -> None:
    """The walk above can fail: a bare table, one that is not forced, and one whose policy shows everything."""
    await database.execute("CREATE TABLE gateway.bare (municipality_id text)")
    await database.execute("CREATE TABLE readmodel.half (municipality_id text)")
    await database.execute("ALTER TABLE readmodel.half ENABLE ROW LEVEL SECURITY")
    await database.execute(f"GRANT SELECT ON readmodel.half TO {READER}")
    await database.execute(f"CREATE POLICY everything ON readmodel.half FOR SELECT TO {READER} USING (true)")
    found = [fault for row in await database.fetch(TABLES, READER) for fault in faults(row)]
    assert [fault.partition(":")[0] for fault in found] == ["gateway.bare", "readmodel.half", "readmodel.half"]


async def test_the_role_pages_read_as_is_held_by_the_policies(urls: Urls, reading: Any, databases: Databases) -> None:
    """No superuser, no BYPASSRLS, member of no role; and a gateway that reads as one that is, does not start."""
    row = await reading.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    assert row["rolname"] == READER
    assert not any(row[right] for right in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb"))
    members = "SELECT count(*) FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = $1)"
    assert await reading.fetchval(members, READER) == 0
    await check_role(reading)
    for url in (urls.owner, databases.superuser(urls.owner)):
        async with await create_pool(url, name="test-wrong") as pool:
            with pytest.raises(ReaderSeesAllError, match="GATEWAY_READER_DATABASE_URL"):
                await check_role(pool)


async def test_commands_are_found_as_their_municipality_alone(database: Any, reading: Any) -> None:
    """Also where the query forgot to ask; without a municipality nothing; the setting ends with its transaction."""
    for municipality in (OSLO, BERGEN):
        await database.execute(
            "INSERT INTO gateway.command VALUES ($1, $1, 'u-1', 'save', 'L', '{}', $2)", municipality, NOW
        )
        await database.execute(
            "INSERT INTO gateway.api_request VALUES ($1, 'u-1', $1, 'save', 'L', '', $2)", municipality, NOW
        )
    for table in ("command", "api_request"):
        query = f"SELECT array_agg(command_id) AS ids FROM gateway.{table}"
        assert await reading.fetchval(query) is None
        for municipality in (OSLO, BERGEN):
            row = await Reader(reading).row(municipality, query)
            assert row is not None
            assert row["ids"] == [municipality]
        row = await Reader(reading).row("", query)
        assert row is not None
        assert row["ids"] is None
        assert await reading.fetchval(query) is None


async def test_the_reader_sees_no_message_and_no_refusal(reading: Any) -> None:
    """What was decided stays with the commands; of looks the reader can add one, and read no refusal (test_seen_by)."""
    for statement in (
        "SELECT message FROM gateway.command",
        "SELECT fingerprint FROM gateway.api_request",
        "SELECT 1 FROM gateway.command_waiting",
        "SELECT refusal FROM gateway.look",
        "UPDATE gateway.command SET form = NULL",
        "INSERT INTO gateway.command_waiting VALUES ('a', 'b', 'c', now())",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reading.execute(statement)
