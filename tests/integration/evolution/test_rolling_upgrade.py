"""Two releases of one service side by side, under load, and readers that are upgraded after it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from chassis.reading import dead_letters
from chassis.reading.subscriptions import Dedupe, Received, Subscription
from chassis.redriving import redrive_requests
from chassis.service import Service, running
from chassis.storage.database import prepare_connection
from chassis.storage.transaction import Transaction
from contracts.envelope import Message
from ops.testing.databases import Databases
from tests.integration.chassis.stage import EFFECTS, Stage, counted, numbers_by_subject, until
from tests.integration.evolution import depot

SUBJECTS = [f"s-{number}" for number in range(12)]
SECONDS = 90.0


@asynccontextmanager
async def release(stage: Stage, number: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a release of the depot as a process; it is gone when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.evolution.depot", number),
        env=stage.environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Load:
    """Counts each subject up, round by round, until it is stopped."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._going = True
        self.rounds = 0
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._going:
            self.rounds += 1
            await self._stage.produce([counted(subject, self.rounds) for subject in SUBJECTS])
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        self._going = False
        await self.task


@pytest.fixture
async def ledger(stage: Stage, databases: Databases) -> AsyncIterator[Stage]:
    """Make a reader of what the depot tells: a topic and a database of its own."""
    url = databases.migrated()
    connection = await asyncpg.connect(url)
    await prepare_connection(connection)
    await connection.execute(EFFECTS)
    reader = Stage(stage.bootstrap, url, depot.events(stage.topic), connection)
    await reader.make_topic(reader.topic)
    await reader.make_topic(f"{reader.name}.failures.v1", 1)
    yield reader
    await connection.close()


async def keep(received: Received[Any], transaction: Transaction) -> None:
    await transaction.connection.execute(
        "INSERT INTO effect (subject, number, message_id) VALUES ($1, $2, $3)",
        *(received.envelope.subject, received.envelope.sequence, received.envelope.type),
    )


def reading(stage: Stage, *messages: type[Message]) -> Service:
    return Service(
        stage.name, f"/test/{stage.name}", [Subscription(stage.topic, dict.fromkeys(messages, keep), Dedupe.SEQUENCE)]
    )


async def told(stage: Stage, release: str | None = None) -> int:
    if release is None:
        return int(await stage.connection.fetchval("SELECT count(*) FROM told"))
    return int(
        await stage.connection.fetchval("SELECT count(*) FROM told WHERE release IS NOT DISTINCT FROM $1", release)
    )


@pytest.mark.heavy
@pytest.mark.timeout(420)
async def test_two_releases_run_side_by_side_and_nothing_is_lost_doubled_or_out_of_order(
    stage: Stage, ledger: Stage
) -> None:
    """Both take their part of the load on one database; a reader of the first reads or parks what both tell.

    The migration goes before the second release, under the first one's load; then the first is stopped. A reader that
    was upgraded last finds all of it: each subject's events in order, each once.
    """
    await stage.connection.execute(depot.TABLES)
    async with running(reading(ledger, depot.Tallied), ledger.settings()), release(stage, "1") as first:
        load = Load(stage)
        await until(lambda: _reached(stage, 2 * len(SUBJECTS)), SECONDS)
        await stage.connection.execute(depot.MIGRATION)
        async with release(stage, "2") as second:
            await until(lambda: _reached(stage, 1, "2"), SECONDS)
            before = await _first_has(stage)
            await until(lambda: _more_than(stage, before), SECONDS)
            first.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(first.wait(), SECONDS) == 0
            alone = load.rounds
            await until(lambda: _came(load, alone + 3), SECONDS)
            await load.stop()
            await until(lambda: _reached(stage, load.rounds * len(SUBJECTS)), SECONDS)
            await stage.emptied("outbox")
            second.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(second.wait(), SECONDS) == 0
        rows = await stage.connection.fetch("SELECT subject, number, release FROM told ORDER BY id")
        numbers = numbers_by_subject([(row["subject"], row["number"]) for row in rows])
        assert numbers == {subject: list(range(1, load.rounds + 1)) for subject in SUBJECTS}
        versions = {
            row["subject"]: row["version"] for row in await stage.connection.fetch("SELECT subject, version FROM item")
        }
        await until(lambda: _settled(ledger, sum(versions.values())), SECONDS)
    await _look_at_the_old_reader(ledger)
    async with running(reading(ledger, depot.TalliedLater, depot.Checked), ledger.settings()):
        for subject in SUBJECTS[::2]:
            request = await redrive_requests.ask(
                ledger.connection, f"{ledger.name}.{ledger.topic}", subject, by="tester", dry_run=False
            )
            assert request is not None
            result = await until(lambda request=request: redrive_requests.result(ledger.connection, request), SECONDS)
            assert (result.remaining, result.error) == (0, None)
    effects = numbers_by_subject(await ledger.effects())
    assert effects == {subject: list(range(1, version + 1)) for subject, version in versions.items()}


async def _look_at_the_old_reader(ledger: Stage) -> None:
    """Check that it read the field more, and parked the new kind of event with what followed of those subjects only."""
    letters = await dead_letters.letters(ledger.connection, most=100_000)
    heads: dict[str, Any] = {}
    for letter in letters:
        heads.setdefault(letter.subject, letter)
    assert set(heads) == set(SUBJECTS[::2])
    assert {(head.type, head.error, head.fields[0].code) for head in heads.values()} == {
        (depot.Checked.message_type, "invalid", "unknown-type")
    }
    assert all(letter.behind for letter in letters if letter is not heads[letter.subject])


async def _reached(stage: Stage, number: int, release: str | None = None) -> bool:
    return await told(stage, release) >= number


async def _first_has(stage: Stage) -> int:
    return int(await stage.connection.fetchval("SELECT count(*) FROM told WHERE release IS NULL"))


async def _more_than(stage: Stage, number: int) -> bool:
    return await _first_has(stage) > number


async def _came(load: Load, rounds: int) -> bool:
    return load.rounds >= rounds


async def _settled(ledger: Stage, events: int) -> bool:
    return await ledger.count("effect") + await ledger.count("dead_letter") == events
