"""Tables are vacuumed by the clock, on a real PostgreSQL; and its log forgets what is behind two checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from chassis.storage.database import Pool, create_pool
from chassis.storage.vacuuming import OLD, Vacuumer, unvacuumed
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.testing.held import Held
from tests.integration.chassis.stage import Stage

TABLES = """
CREATE TABLE "Erased" (id int PRIMARY KEY, number text);
CREATE INDEX by_number ON "Erased" (number);
CREATE TABLE held (id int);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO "Erased" SELECT i, 'n-' || i FROM generate_series(1, 20000) AS i;
DELETE FROM "Erased" WHERE id = 20000;
"""
INDEX = "SELECT reltuples::int FROM pg_class WHERE relname = 'by_number'"
SEEN = "SELECT relname, vacuum_count FROM pg_stat_user_tables WHERE relname = ANY($1) ORDER BY relname"
NAMES = ["Erased", "held", "parts", "parts_1"]


@pytest.fixture
async def pool(stage: Stage) -> AsyncIterator[Pool]:
    pool = await create_pool(stage.database_url, name="test")
    yield pool
    await pool.close()


async def vacuums(stage: Stage) -> dict[str, int]:
    """Count how often each was vacuumed."""
    await stage.connection.execute("SELECT pg_stat_clear_snapshot()")
    return {row["relname"]: row["vacuum_count"] for row in await stage.connection.fetch(SEEN, NAMES)}


async def test_what_was_deleted_leaves_table_and_index_though_little_changed(stage: Stage, pool: Pool) -> None:
    """One dead row of 20,000 (autovacuum takes no notice); each table once a day; a held one is not waited for."""
    await stage.connection.execute(TABLES)
    assert '"Erased"' in {name.removeprefix("public.") for name in await unvacuumed(stage.connection, OLD)}
    async with stage.connection.transaction():
        await stage.connection.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        await Vacuumer(pool, first_seconds=0).work()
    assert await vacuums(stage) == {"Erased": 1, "held": 0, "parts": 0, "parts_1": 1}
    assert await stage.connection.fetchval(INDEX) == 19_999  # its entry too: without INDEX_CLEANUP it would stay
    await Vacuumer(pool, first_seconds=0).work()
    assert await vacuums(stage) == {"Erased": 1, "held": 1, "parts": 0, "parts_1": 1}
    assert await unvacuumed(stage.connection, OLD) == []
    assert len(await unvacuumed(stage.connection, timedelta(0))) > len(NAMES)


async def test_connections_come_back_as_they_were(stage: Stage, pool: Pool) -> None:
    """A vacuum has no time-out, what comes after it on the same connection has; a process that started waits first."""
    await stage.connection.execute(TABLES)
    before = await pool.fetchval("SHOW statement_timeout")
    await Vacuumer(pool).work()
    assert (await vacuums(stage))["Erased"] == 0
    vacuumer = Vacuumer(pool, first_seconds=0)
    await vacuumer.work()
    async with pool.acquire() as one, pool.acquire() as two:
        assert {await each.fetchval("SHOW statement_timeout") for each in (one, two)} == {before} != {"0"}
    await stage.connection.execute("CREATE TABLE later (id int)")
    await vacuumer.work()
    assert [name.removeprefix("public.") for name in await unvacuumed(stage.connection, OLD)] == ["later"]  # it rests


def _log(server: Postgres) -> bytes:
    return b"".join(path.read_bytes() for path in (server.data / "pg_wal").iterdir() if path.is_file())


@pytest.mark.heavy
def test_the_log_of_the_embedded_cluster_keeps_nothing_that_is_behind(tmp_path: Path) -> None:
    """Once its segment is closed and two checkpoints have passed no file of the log has it, written over or not."""
    [port] = free_ports(1)
    server = Postgres(tmp_path / "postgres", port, "secret")
    held = Held(server, tmp_path / "postgres.log")
    try:
        held.start()
        held.wait_ready()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE person (name text); INSERT INTO person VALUES ('Sletterud')")
            assert b"Sletterud" in _log(server)
            connection.execute("DELETE FROM person")
            connection.execute("SELECT pg_switch_wal()")  # what archive_timeout does in a quiet cluster
            connection.execute("CHECKPOINT")
            connection.execute("CHECKPOINT")
            assert b"Sletterud" not in _log(server)
            assert connection.execute("SHOW archive_timeout").fetchone() == ("6h",)
    finally:
        held.stop()
