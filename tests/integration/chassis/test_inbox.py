"""What is written down before it is handled: what was known, what another process has in hand, what is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from chassis.errors import OvertakenError
from chassis.reading import inbox
from chassis.reading.inbox import Inbox
from chassis.reading.subscriptions import Dedupe
from chassis.storage.database import Connection, Pool, create_pool
from contracts.envelope import Envelope
from ops.testing.databases import Databases
from tests.integration.chassis.stage import NOON, until

SEQUENCED = [Dedupe.SEQUENCE, Dedupe.SNAPSHOT]
HOLD_UP = "INSERT INTO parked_subject (reader, subject, parked_at) VALUES ($1, 's', now())"
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
async def pool(databases: Databases) -> AsyncIterator[Pool]:
    async with await create_pool(databases.migrated(), name="inbox") as pool:
        yield pool


def numbered(*numbers: int, subject: str = "s") -> list[Envelope]:
    return [Envelope(f"{subject}{n}", "/test", "thing.v1", subject, NOON, sequence=n) for n in numbers]


async def claim(connection: Connection, dedupe: Dedupe, envelopes: Sequence[Envelope], reader: str = "r") -> Inbox:
    return await inbox.claim(connection, reader, dedupe, envelopes, NOON)


async def fresh(pool: Pool, dedupe: Dedupe, envelopes: Sequence[Envelope], *, handle: int = 100) -> list[str]:
    """Handle so many of a chunk; gives the ids of what had not been handled before."""
    found = []
    async with pool.acquire() as connection, connection.transaction():
        known = await claim(connection, dedupe, envelopes)
        for envelope in envelopes[:handle]:
            if not known.is_repeat(envelope):
                known.note(envelope)
                found.append(envelope.id)
        await known.take_back(connection)
    return found


@pytest.mark.parametrize("dedupe", Dedupe)
async def test_what_a_chunk_had_no_time_for_is_taken_back_and_what_it_handled_is_not(
    pool: Pool, dedupe: Dedupe
) -> None:
    """Of a subject that it has begun, of one that it has not, and of one that was known before."""
    assert await fresh(pool, dedupe, numbered(1, subject="old")) == ["old1"]
    chunk = [*numbered(1, 2, 3), *numbered(2, subject="old"), *numbered(1, subject="new")]
    assert await fresh(pool, dedupe, chunk, handle=2) == ["s1", "s2"]
    assert await fresh(pool, dedupe, chunk) == ["s3", "old2", "new1"]
    assert await fresh(pool, dedupe, chunk) == []


@pytest.mark.parametrize("dedupe", Dedupe)
async def test_what_is_rolled_back_comes_again(pool: Pool, dedupe: Dedupe) -> None:
    """Nothing is handled because it was written down."""
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await claim(connection, dedupe, numbered(1))
        await undone.rollback()
    assert await fresh(pool, dedupe, numbered(1)) == ["s1"]


@pytest.mark.parametrize("dedupe", Dedupe)
async def test_readers_do_not_know_of_each_other(pool: Pool, dedupe: Dedupe) -> None:
    """Each has its own repeats, and its own subjects that are held up."""
    await pool.execute(HOLD_UP, "other")
    async with pool.acquire() as connection, connection.transaction():
        await claim(connection, dedupe, numbered(1), reader="other")
        known = await claim(connection, dedupe, numbered(1))
    assert not known.is_repeat(numbered(1)[0])
    assert not known.held_up


@pytest.mark.parametrize("dedupe", Dedupe)
async def test_it_is_told_that_a_subject_is_held_up(pool: Pool, dedupe: Dedupe) -> None:
    """Of this reader, whichever."""
    await pool.execute(HOLD_UP, "r")
    async with pool.acquire() as connection, connection.transaction():
        assert (await claim(connection, dedupe, numbered(1, subject="t"))).held_up


async def test_by_ids_who_comes_second_waits_finds_repeats_and_looks_what_was_parked_meanwhile(pool: Pool) -> None:
    """The first parks a record; the second, which waited for it, has not seen that by its own statement."""
    async with pool.acquire() as first, pool.acquire() as second:
        async with first.transaction():
            await claim(first, Dedupe.ID, numbered(1))
            await first.execute(HOLD_UP, "r")
            async with second.transaction():
                waiting = asyncio.create_task(claim(second, Dedupe.ID, numbered(1, 2)))
                await until(lambda: first.fetchval(WAITS))
                await first.execute("COMMIT; BEGIN")
                known = await waiting
        assert [known.is_repeat(envelope) for envelope in numbered(1, 2)] == [True, False]
        assert known.held_up


@pytest.mark.parametrize("dedupe", SEQUENCED)
@pytest.mark.parametrize("begun", [False, True])
async def test_by_sequence_who_comes_second_waits_and_begins_anew(pool: Pool, dedupe: Dedupe, begun: bool) -> None:
    """Whether or not the subject had a sequence before."""
    if begun:
        await fresh(pool, dedupe, numbered(1))
    async with pool.acquire() as first, pool.acquire() as second:
        async with first.transaction():
            await claim(first, dedupe, numbered(2))
            waiting = asyncio.create_task(fresh(pool, dedupe, numbered(2, 3)))
            await until(lambda: second.fetchval(WAITS))
        with pytest.raises(OvertakenError):
            await waiting
    assert await fresh(pool, dedupe, numbered(2, 3)) == ["s3"]


async def test_a_version_told_again_is_overtaken_by_a_later_one(pool: Pool) -> None:
    """It is handled, since what became of it may be lost, but not behind a later one that another process has."""
    await fresh(pool, Dedupe.SNAPSHOT, numbered(5))
    again = [replace(envelope, republished=True) for envelope in numbered(5)]
    assert await fresh(pool, Dedupe.SNAPSHOT, again) == ["s5"]
    async with pool.acquire() as first, pool.acquire() as second:
        async with first.transaction():
            await claim(first, Dedupe.SNAPSHOT, numbered(6))
            waiting = asyncio.create_task(fresh(pool, Dedupe.SNAPSHOT, again))
            await until(lambda: second.fetchval(WAITS))
        with pytest.raises(OvertakenError):
            await waiting
    assert await fresh(pool, Dedupe.SNAPSHOT, again) == []
