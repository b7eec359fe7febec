"""The proxy that loses connections at a COMMIT."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import asyncpg
import psycopg
import pytest

from ops.testing.postgres_proxy import Cut, Proxy, postgres_proxy


@pytest.fixture
def direct(new_database: Callable[[], str]) -> str:
    url = new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (value text)")
    return url


@pytest.fixture
def proxy(direct: str) -> Iterator[Proxy]:
    parts = urlsplit(direct)
    with postgres_proxy(0, parts.port or 5432, parts.hostname or "localhost") as running:
        yield running


def _kept(direct: str) -> list[str]:
    with psycopg.connect(direct) as connection:
        return [str(value) for (value,) in connection.execute("SELECT value FROM kept")]


def _database(direct: str) -> str:
    return urlsplit(direct).path.lstrip("/")


async def _insert(url: str, value: str, name: str = "keeper") -> None:
    connection = await asyncpg.connect(url, server_settings={"application_name": name})
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


async def test_it_passes_on_what_it_is_not_told_to_cut(proxy: Proxy, direct: str) -> None:
    """Sessions of both drivers, large values, errors and cancelled statements come through as without it."""
    url = proxy.url(direct)
    await _insert(url, "x" * 3_000_000)
    assert [len(value) for value in _kept(url)] == [3_000_000]
    connection = await asyncpg.connect(url)
    with pytest.raises(asyncpg.UndefinedTableError):
        await connection.execute("SELECT FROM nothing")
    with pytest.raises(asyncio.TimeoutError):
        await connection.execute("SELECT pg_sleep(60)", timeout=0.2)
    assert await connection.fetchval("SELECT 1") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url, password="wrong")
    await connection.close()
    assert proxy.cuts == 0


async def test_a_cut_after_the_commit_keeps_what_was_committed(proxy: Proxy, direct: str) -> None:
    """Whoever commits sees its connection end, and the server has committed; the next commit goes well."""
    proxy.cut_next(_database(direct), Cut.AFTER_COMMIT)
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await _insert(proxy.url(direct), "first")
    await _insert(proxy.url(direct), "second")
    assert _kept(direct) == ["first", "second"]
    assert (proxy.cuts, proxy.pending) == (1, 0)


async def test_a_cut_before_the_commit_rolls_back(proxy: Proxy, direct: str) -> None:
    """The server never hears of the commit: nothing of the transaction is kept."""
    proxy.cut_next(_database(direct), Cut.BEFORE_COMMIT)
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await _insert(proxy.url(direct), "first")
    assert _kept(direct) == []


async def test_others_are_not_cut(proxy: Proxy, direct: str) -> None:
    """Another database's sessions, and those of another name, go on."""
    proxy.cut_next("elsewhere", Cut.AFTER_COMMIT)
    proxy.cut_next(_database(direct), Cut.AFTER_COMMIT, 1, "somebody")
    await _insert(proxy.url(direct), "first")
    assert _kept(direct) == ["first"]
    with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await _insert(proxy.url(direct), "second", name="somebody")
    proxy.take_back()
    assert (proxy.cuts, proxy.pending) == (1, 0)


async def test_a_server_that_is_away_is_told_by_the_end_of_the_connection(direct: str) -> None:
    """Whoever connects while the server is away is refused, and not left waiting."""
    with postgres_proxy(0, 1) as proxy, pytest.raises((asyncpg.PostgresConnectionError, OSError)):
        await asyncpg.connect(proxy.url(direct), timeout=10)
