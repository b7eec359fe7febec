"""Whatever befalls outbox, relay, inbox and dead letters, in whatever order: nothing is lost, doubled or overtaken.

What a run finds gets a name and stays, among the stories.
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
from chassis.settings import Settings
from chassis.storage.database import create_pool
from ops.testing.databases import Databases
from tests.integration.chassis.machine import Machine
from tests.integration.chassis.world import EMPTY, TABLES, World

Step: TypeAlias = Callable[[Machine], object]


@pytest.fixture
def make(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Machine]]:
    """Make a machine, in an empty world."""
    monkeypatch.setattr(faults, "FOLDER", str(tmp_path))
    loop = asyncio.new_event_loop()
    play = loop.run_until_complete
    url = databases.migrated()
    pool = play(create_pool(url, name="test", lock_timeout=0.5))
    play(pool.execute(TABLES))
    options = Settings(kafka_bootstrap_servers="none:1", database_url=url, chunk_records=3, contention_tries=4)

    async def world() -> World:
        await pool.execute(EMPTY)
        return World(pool, options)

    yield lambda: Machine(play, world, tmp_path)
    play(pool.close())
    loop.close()


def run(make: Callable[[], Machine], examples: int, steps: int) -> None:
    """Play so many stories of so many steps."""
    checks = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(make, settings=checks)


STORIES: dict[str, list[Step]] = {
    "a leader wakes with a window that another has sent": [
        lambda told: told.somebody_sends("s", 3, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.the_leader_freezes_with_a_window_and_another_goes_on(1, ["", "", ""]),
        lambda told: told.the_frozen_leader_wakes(),
    ],
    "a commit is answered and nobody can read it": [
        lambda told: told.somebody_sends("s", 3, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.windows_are_relayed(2, ["hidden", "", ""]),
    ],
    "a leader's session ends while the window behind the one to be deleted is under way": [
        lambda told: told.somebody_sends("s", 4, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.windows_are_relayed(2, ["", ""], cut=1),
        lambda told: told.a_batch_is_read("b", 12, backwards=False, mishap=("", "s"), other=0),
    ],
    "answers are lost, before Kafka has the window and after": [
        lambda told: told.somebody_sends("s", 4, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.windows_are_relayed(2, ["before", "after", "", ""]),
        lambda told: told.a_batch_is_read("b", 12, backwards=False, mishap=("", "s"), other=0),
    ],
    "a row is refused and released later": [
        lambda told: told.somebody_sends("s", 3, broken=False, large=True),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.windows_are_relayed(3, ["", "", "", ""]),
        lambda told: told.a_batch_is_read("b", 12, backwards=False, mishap=("", "s"), other=0),
    ],
    "two processes have the same batch": [
        lambda told: told.somebody_sends("s", 4, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=12),
    ],
    "a process is killed between chunks, and between the last commit and the offsets": [
        lambda told: told.somebody_sends("s", 4, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("batch", "s"), other=0),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("handled", "s"), other=0),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
    ],
    "what failed is mended, and more comes before it is redriven": [
        lambda told: told.a_subject_fails("a", "s"),
        lambda told: told.somebody_sends("s", 1, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.world.poisoned.clear(),
        lambda told: told.somebody_sends("s", 2, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
    ],
    "a parked message is sent again and read from the beginning": [
        lambda told: told.a_subject_fails("a", "s"),
        lambda told: told.somebody_sends("s", 3, broken=False, large=False),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
        lambda told: told.world.send("s", 1),
        lambda told: told.offsets_are_set_back("a", 6),
        lambda told: told.a_batch_is_read("a", 12, backwards=False, mishap=("", "s"), other=0),
    ],
}
"""Steps on the way to each harm that could be done, so that each run goes there too."""


@pytest.mark.parametrize("story", list(STORIES))
def test_nothing_is_lost_doubled_or_overtaken_where(make: Callable[[], Machine], story: str) -> None:
    """A story that is told by its name."""
    told = make()
    for step in STORIES[story]:
        step(told)
        told.all_is_there_once_and_in_order()
    told.teardown()


def test_nothing_is_lost_doubled_or_overtaken_whatever_happens(make: Callable[[], Machine]) -> None:
    """A short look, each time with other stories."""
    run(make, 22, 50)


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_nothing_is_lost_doubled_or_overtaken_in_long_stories(make: Callable[[], Machine]) -> None:
    """A long look."""
    run(make, 150, 60)
