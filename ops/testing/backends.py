"""Where the tests' Kafka and PostgreSQL come from: given by their addresses, else embedded, else containers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka, answers_metadata
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.errors import UserError
from ops.stack.databases import check_reachable
from ops.testing.databases import Cluster, Databases

BACKEND = "FORDELING_TEST_BACKEND"
KAFKA = "FORDELING_TEST_KAFKA"
POSTGRES = "FORDELING_TEST_POSTGRES"
PASSWORD = "test"  # noqa: S105 - of clusters that live as long as a test run
REACH_SECONDS = 5.0


class Backend(StrEnum):
    """What starts the parts that are not given."""

    EMBEDDED = "embedded"
    CONTAINERS = "containers"


@dataclass(frozen=True, slots=True)
class GivenPostgres:
    """A cluster that was there before. address: a superuser's URL; the tests' roles get its password."""

    address: str = field(repr=False)

    @property
    def password(self) -> str:
        """The password of the roles made in it."""
        return urlsplit(self.address).password or PASSWORD

    def url(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> str:
        """Build the URL of a database in it, as the superuser or as a role of ours."""
        parts = urlsplit(self.address)
        if user is None:
            return urlunsplit(parts._replace(path=f"/{database}"))
        server = parts.netloc.rpartition("@")[2]
        login = f"{quote(user, safe='')}:{quote(password or self.password, safe='')}"
        return urlunsplit(parts._replace(netloc=f"{login}@{server}", path=f"/{database}"))


@contextmanager
def kafka(folder: Path, given: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Keep a broker; gives its bootstrap servers. Raises UserError where it cannot be had."""
    if given.get(KAFKA):
        if not answers_metadata(given[KAFKA], REACH_SECONDS):
            raise UserError(f"No Kafka broker answers at {given[KAFKA]} ({KAFKA}).")
        yield given[KAFKA]
    elif backend(given) is Backend.CONTAINERS:
        from ops.testing import containers  # noqa: PLC0415 - not everybody has Docker and its library

        with containers.kafka() as bootstrap_servers:
            yield bootstrap_servers
    else:
        install_jars(JARS)
        port, controller_port = free_ports(2)
        broker = Kafka(folder / "kafka", port, controller_port)
        with running(broker, folder / "kafka.log"):
            yield broker.bootstrap_servers


@contextmanager
def postgres(folder: Path, given: Mapping[str, str] = os.environ) -> Iterator[Cluster]:
    """Keep a cluster, which may give up durability for speed. Raises UserError where it cannot be had."""
    if given.get(POSTGRES):
        check_reachable(POSTGRES, given[POSTGRES])
        yield GivenPostgres(given[POSTGRES])
    elif backend(given) is Backend.CONTAINERS:
        from ops.testing import containers  # noqa: PLC0415 - as above

        with containers.postgres(PASSWORD) as url:
            yield GivenPostgres(url)
    else:
        [port] = free_ports(1)
        cluster = Postgres(folder / "postgres", port, PASSWORD, durable=False)
        with running(cluster, folder / "postgres.log"):
            yield cluster


@contextmanager
def databases(cluster: Cluster) -> Iterator[Databases]:
    """Make databases in a cluster; in one that was there before, they are gone with the block."""
    made = Databases(cluster)
    try:
        yield made
    finally:
        if isinstance(cluster, GivenPostgres):
            made.drop()


def backend(given: Mapping[str, str]) -> Backend:
    """Tell the backend that is asked for. Raises UserError where there is no such one."""
    asked = given.get(BACKEND) or Backend.EMBEDDED
    try:
        return Backend(asked)
    except ValueError:
        raise UserError(f"{BACKEND}={asked} is unknown: choose among {', '.join(Backend)}.") from None
