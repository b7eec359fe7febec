"""A broker and a cluster as the embedded stack has them, durable, for benches of the plumbing."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.settings import Settings
from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka
from ops.embedded.launch import running
from ops.embedded.ports import free_ports
from ops.embedded.postgres import Postgres
from ops.testing.databases import Databases


@dataclass(frozen=True, slots=True)
class Parts:
    """A running broker and a running cluster that survives crashes, as in production."""

    bootstrap: str
    databases: Databases

    def settings(self, database_url: str) -> Settings:
        """Make a process's settings: the defaults of production."""
        return Settings(kafka_bootstrap_servers=self.bootstrap, database_url=database_url)

    @asynccontextmanager
    async def topic(self, partitions: int) -> AsyncIterator[str]:
        """Make a topic, gone with the block."""
        name = f"bench-{uuid.uuid4().hex[:8]}"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1)])
            yield name
            await admin.delete_topics([name])
        finally:
            await admin.close()


@contextmanager
def parts(folder: Path) -> Iterator[Parts]:
    """Keep both for as long as the block lasts."""
    install_jars(JARS)
    kafka_port, controller_port, postgres_port = free_ports(3)
    broker = Kafka(folder / "kafka", kafka_port, controller_port)
    cluster = Postgres(folder / "postgres", postgres_port, password="bench", durable=True)
    with running(broker, folder / "kafka.log"), running(cluster, folder / "postgres.log"):
        yield Parts(broker.bootstrap_servers, Databases(cluster))
