"""Real Kafka and PostgreSQL for the tests that need them, started when first asked for.

One of each a run, or a worker where several share the tests (``tests.sharing``).

Embedded by default, in containers with FORDELING_TEST_BACKEND=containers; FORDELING_TEST_KAFKA (bootstrap servers) and
FORDELING_TEST_POSTGRES (a superuser's URL) name some that are there. See ``ops.testing.backends``.

Several runs may go on at once: each has its own ports and folders, and leaves nothing behind.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings
from xdist import is_xdist_worker

from ops.errors import UserError
from ops.testing import backends
from ops.testing.databases import Cluster, Databases
from ops.testing.stacks import RunningStack, running_stack
from tests.sharing import ByFileAndStage, share

HELD = pytest.StashKey[ExitStack]()

MEMORY = Path("/dev/shm")
ROOM = 10 << 30
"""Bytes that must be free for a run's folders to lie in memory. A run needs a few: databases go with their tests."""

settings.register_profile("untimed", deadline=None)  # how long an example takes is the machine's, and says nothing
settings.load_profile("untimed")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndStage:
    """Let workers share the tests so that none starts what another has."""
    return ByFileAndStage(config, log)


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Make a folder of this run, gone with it; in memory, where the machine has plenty of it.

    Databases are made there by the hundred in a third of the time, and none waits for the disk.
    """
    folder = str(MEMORY) if _has_room(MEMORY) else None
    with tempfile.TemporaryDirectory(prefix="fordeling-test-", dir=folder) as made:
        yield Path(made)


def _has_room(memory: Path) -> bool:
    if not memory.is_dir():
        return False
    return min(shutil.disk_usage(memory).free, psutil.virtual_memory().available) >= ROOM


@pytest.fixture(scope="session")
def kafka(scratch: Path) -> Iterator[str]:
    """Bootstrap servers of a real broker. It is shared by the whole run: a test makes topics with names of its own."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(backends.kafka(scratch))
        except UserError as error:
            pytest.exit(str(error), returncode=1)
        yield started


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[Cluster]:
    """Start a real PostgreSQL cluster; where it is ours, it gives up durability for speed."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(backends.postgres(scratch))
        except UserError as error:
            pytest.exit(str(error), returncode=1)
        yield started


@pytest.fixture(scope="session")
def opened() -> list[Databases]:
    """Who has made databases so far: nobody, while no test has asked for any."""
    return []


@pytest.fixture(scope="session")
def databases(postgres: Cluster, opened: list[Databases]) -> Iterator[Databases]:
    """Make databases in the run's cluster, also as copies of one that has been migrated.

    They are gone with the test or the module whose fixtures made them, before most of them has reached the disk.
    """
    with backends.databases(postgres) as made:
        opened.append(made)
        yield made


@pytest.fixture(scope="module", autouse=True)
def _gone_with_the_module(opened: list[Databases]) -> Iterator[None]:
    with _gone(opened):
        yield


@pytest.fixture(autouse=True)
def _gone_with_the_test(opened: list[Databases]) -> Iterator[None]:
    with _gone(opened):
        yield


@contextmanager
def _gone(opened: list[Databases]) -> Iterator[None]:
    """Drop at the end of the block what was made in it."""
    with ExitStack() as stack:
        for made in opened:
            stack.enter_context(made.passing())
        yield


@pytest.fixture(scope="session")
def new_database(databases: Databases) -> Callable[[], str]:
    """Make an empty database (tens of milliseconds each); gives the URL of its owner, who is no superuser."""
    return databases.new


@pytest.fixture(scope="session")
def dear(pytestconfig: pytest.Config) -> Iterator[ExitStack]:
    """Hold what takes long to start and that the tests of one share have in common: it ends with the last of them.

    Stacks that nobody uses any more would take a tenth of two cores from the tests that come after.
    """
    with ExitStack() as held:
        pytestconfig.stash[HELD] = held
        yield held


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End what is dear where a worker goes on to another share, which uses none of it."""
    outcome = yield
    goes_on = is_xdist_worker(item.session) and nextitem is not None and share(nextitem.nodeid) != share(item.nodeid)
    if goes_on and HELD in item.config.stash:
        item.config.stash[HELD].close()
    return outcome


@pytest.fixture(scope="session")
def stack(scratch: Path, dear: ExitStack) -> RunningStack:
    """Start a whole stack, services and gateway included, without demonstration data; stop it at the end."""
    return dear.enter_context(running_stack(scratch / "stack", "--no-demo"))
