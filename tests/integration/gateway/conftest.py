"""A broker of the gateway's own: its topics and consumer groups have the registry's names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.storage.database import Pool, create_pool
from contracts.topics import TOPICS
from gateway.audit.anchors import Anchors
from gateway.audit.sealer import Batches, Sealer
from gateway.folders.looks import Looks
from gateway.settings import GatewaySettings
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.stack import topics as stack_topics
from ops.testing.databases import Databases
from tests.integration.gateway.audited import Audited


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a broker with the registry's topics and nothing on them: another file's would be projected with ours."""
    folder = tmp_path_factory.mktemp("gateway-kafka")
    install_jars(JARS)
    port, controller_port = free_ports(2)
    broker = Kafka(folder / "kafka", port, controller_port)
    with running(broker, folder / "kafka.log"):
        stack_topics.create(broker.bootstrap_servers, TOPICS, 1)
        yield broker.bootstrap_servers


@dataclass(frozen=True)
class Urls:
    """The gateway's database as its owner and as the role that reads."""

    owner: str
    reader: str


@pytest.fixture
def urls(databases: Databases) -> Urls:
    """Make a database of the test's own."""
    owner = databases.migrated("gateway.migrations")
    return Urls(owner, databases.reader(owner))


@pytest.fixture
async def database(urls: Urls) -> AsyncIterator[Pool]:
    """Open the database as its owner does, who writes."""
    async with await create_pool(urls.owner, name="test-owner") as pool:
        yield pool


@pytest.fixture
async def reading(urls: Urls) -> AsyncIterator[Pool]:
    """Open it as pages do."""
    async with await create_pool(urls.reader, name="test-reader") as pool:
        yield pool


@pytest.fixture
def sealing(database: Pool, reading: Pool, urls: Urls, databases: Databases, tmp_path: Path) -> Audited:
    """Have an audit with nothing in it, and its sealer."""
    store = f"file://{tmp_path}"
    sealer = Sealer(database, Anchors(store, timedelta(0)), Batches(4, 3600), 300)
    given = {"GATEWAY_DATABASE_URL": urls.owner, "OBJECT_STORE_URL": store}
    return Audited(database, Looks(reading), sealer, given, databases.superuser(urls.owner))


@pytest.fixture
async def audited(sealing: Audited) -> Audited:
    """Have three batches of four rows, and an anchor of each."""
    for _ in range(3):
        await sealing.look(4)
        assert await sealing.sealer.round()
        assert not await sealing.sealer.round()
    return sealing


@pytest.fixture
async def aged(sealing: Audited) -> Audited:
    """Have two batches from six years ago, one of now."""
    await sealing.look(8)
    sealing.tamper("UPDATE gateway.audit SET at = at - interval '6 years'")
    while await sealing.sealer.round():
        pass
    await sealing.look(4)
    await sealing.sealer.round()
    return sealing


def settings(urls: Urls, bootstrap_servers: str = "localhost:1", **changes: object) -> GatewaySettings:
    values: dict[str, object] = {
        "kafka_bootstrap_servers": bootstrap_servers,
        "database_url": urls.owner,
        "reader_database_url": urls.reader,
        "secret": "a secret of its own",
        "oidc_issuer": "http://localhost:1/ansattporten",
        "oidc_client_id": "fordeling",
        "oidc_client_secret": "client secret",
        "object_store_url": "memory:///",
        "relay_poll": 0.2,
    }
    return GatewaySettings(**{**values, **changes})  # type: ignore[arg-type]
