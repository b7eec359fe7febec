"""Whatever befalls outbox, relay, inbox and dead letters, in whatever order: nothing is lost, doubled or overtaken.

What the stories have found before stays below, each with its own name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from chassis import faults
from chassis.database import create_pool
from chassis.settings import Settings
from ops.testing.databases import Databases
from tests.integration.chassis.machine import Machine
from tests.integration.chassis.world import EMPTY, TABLES, World

Run: TypeAlias = Callable[[int, int], None]


@pytest.fixture
def run(databases: Databases, migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Make what runs the machine: so many examples of so many steps."""
    monkeypatch.setattr(faults, "FOLDER", str(tmp_path))
    loop = asyncio.new_event_loop()
    play = loop.run_until_complete
    url = databases.new(migrated)
    pool = play(create_pool(url, name="test", lock_timeout=0.5))
    play(pool.execute(TABLES))
    options = Settings(kafka_bootstrap_servers="none:1", database_url=url, chunk_records=3, contention_tries=4)

    async def make() -> World:
        await pool.execute(EMPTY)
        return World(pool, options)

    def run(examples: int, steps: int) -> None:
        checks = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        run_state_machine_as_test(lambda: Machine(play, make, tmp_path), settings=checks)

    yield run
    play(pool.close())
    loop.close()


def test_nothing_is_lost_doubled_or_overtaken_whatever_happens(run: Run) -> None:
    """A short look, each time with other stories."""
    run(22, 50)


@pytest.mark.heavy
def test_nothing_is_lost_doubled_or_overtaken_in_long_stories(run: Run) -> None:
    """A long look."""
    run(250, 80)
