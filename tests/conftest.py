"""Real Kafka and PostgreSQL for the tests that need them: one of each a run, started when first asked for.

Several runs may go on at once: each has its own ports and folders, and leaves nothing behind.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.testing.databases import Databases
from ops.testing.stacks import RunningStack, running_stack


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """Make a folder of this run, gone with it."""
    with tempfile.TemporaryDirectory(prefix="fordeling-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def kafka(scratch: Path) -> Iterator[str]:
    """Bootstrap servers of a real broker. FORDELING_TEST_KAFKA names one to use instead.

    It is shared by the whole run, so a test makes topics with names of its own.
    """
    given = os.environ.get("FORDELING_TEST_KAFKA")
    if given:
        yield given
        return
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = Kafka(scratch / "kafka", port, controller_port)
    with running(broker, scratch / "kafka.log"):
        yield broker.bootstrap_servers


@pytest.fixture(scope="session")
def postgres(scratch: Path) -> Iterator[Postgres]:
    """Start a real PostgreSQL cluster, empty but for the roles of the stack. It gives up durability for speed."""
    [port] = free_ports(1)
    cluster = Postgres(scratch / "postgres", port, password="test", durable=False)
    with running(cluster, scratch / "postgres.log"):
        yield cluster


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Databases:
    """Make databases in the run's cluster, also as copies of one that has been migrated."""
    return Databases(postgres)


@pytest.fixture(scope="session")
def new_database(databases: Databases) -> Callable[[], str]:
    """Make an empty database (tens of milliseconds each); gives the URL of its owner, who is no superuser."""
    return databases.new


@pytest.fixture(scope="session")
def stack(scratch: Path) -> Iterator[RunningStack]:
    """Start a whole stack, services and gateway included, without demonstration data; stop it at the end."""
    with running_stack(scratch / "stack", "--no-demo") as started:
        yield started
