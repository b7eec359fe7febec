"""The embedded Apache Kafka: one KRaft node that is broker and controller, alone or, in tests, one of several."""

from __future__ import annotations

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.embedded import archive, java
from ops.embedded.jars import JarSet
from ops.embedded.launch import Launch
from ops.embedded.ports import LOOPBACK, answers
from ops.errors import UserError

VERSION = "4.4.0"
JARS = JarSet("kafka")
LOGGING = Path(__file__).parent / "kafka-log4j2.properties"

SETTINGS = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",  # topics come from contracts/topics.py alone
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.coordinator.append.linger.ms": "0",
    # Room for what one machine needs, not for what a cluster does.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.index.size.max.bytes": "1048576",
    "log.retention.check.interval.ms": "60000",
    # After a crash the controller takes the node back only when the old session has run out.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # Nobody is far away who would have to hear twice a second that there is nothing new.
    "metadata.max.idle.interval.ms": "5000",
}


@dataclass(frozen=True, slots=True)
class Membership:
    """What makes a node one of several.

    node_id: its own, from 1. cluster_id: the same for all. controller_ports: of each node, by its id.
    """

    node_id: int
    cluster_id: str
    controller_ports: Mapping[int, int]

    @property
    def settings(self) -> dict[str, str]:
        """Each record is on every node, and acknowledged once all but one have it."""
        copies, enough = str(len(self.controller_ports)), str(len(self.controller_ports) - 1)
        voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in self.controller_ports.items())
        return {
            "node.id": str(self.node_id),
            "controller.quorum.voters": voters,
            "default.replication.factor": copies,
            "min.insync.replicas": enough,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": enough,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": enough,
        }


@dataclass(frozen=True, slots=True)
class Kafka:
    """One broker.

    home: its folder, with configuration and logs.
    port, controller_port: where it listens, on the loopback address.
    heap_megabytes: the most the Java heap may take.
    training: where to write an archive of its classes when it ends; see ``ops.embedded.archive``.
    member: None for a node that is a cluster by itself.
    """

    home: Path
    port: int
    controller_port: int
    heap_megabytes: int = 320
    training: Path | None = None
    member: Membership | None = None

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def _config(self) -> Path:
        return self.home / "server.properties"

    def config(self) -> dict[str, str]:
        """Tell the settings, ports and folders included."""
        alone = {"controller.quorum.bootstrap.servers": f"{LOOPBACK}:{self.controller_port}"}
        return (
            SETTINGS
            | {
                "listeners": f"PLAINTEXT://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}",
                "log.dirs": str(self.home / "logs"),
            }
            | (self.member.settings if self.member else alone)
        )

    def prepare(self) -> None:
        """Write the configuration, and format the folder where it is not."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._config.write_text("".join(f"{name}={value}\n" for name, value in self.config().items()))
        if (self.home / "logs" / "meta.properties").exists():
            return
        done = subprocess.run(
            java.command(
                JARS.class_path(),
                "kafka.tools.StorageTool",
                *("format", "--cluster-id", self.member.cluster_id if self.member else new_cluster_id()),
                *(() if self.member else ("--standalone",)),
                *("--config", str(self._config)),
                options=("-Xmx64m", "-XX:TieredStopAtLevel=1"),
            ),
            env={**os.environ, **java.ENVIRONMENT},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
            raise UserError(f"Kafka could not format {self.home}: {reason}")

    def launch(self) -> Launch:
        """Run it; on SIGTERM it leaves the cluster in order."""
        return Launch(
            java.command(
                JARS.class_path(),
                "kafka.Kafka",
                str(self._config),
                options=(
                    f"-Xmx{self.heap_megabytes}m",
                    "-Xms32m",
                    "-Xss512k",
                    # The quick compiler only: a third less processor at the start, and at this size as many records.
                    "-XX:TieredStopAtLevel=1",
                    f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
                    *archive.options(JARS, self.training),
                ),
            ),
            environment=java.ENVIRONMENT,
        )

    def ready(self) -> bool:
        """Whether it answers a request for metadata (an open port is not enough)."""
        return answers_metadata(self.bootstrap_servers)


def answers_metadata(bootstrap_servers: str, seconds: float = 1.0, security: Mapping[str, str] = {}) -> bool:
    """Whether a broker there tells its cluster's metadata in time. False at once where nothing listens.

    security: options of librdkafka for TLS and SASL.
    """
    if not any(_listens(server, seconds) for server in bootstrap_servers.split(",")):
        return False
    from confluent_kafka import KafkaException  # noqa: PLC0415 - long to load, and only where a broker is asked
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    client = AdminClient(
        {"bootstrap.servers": bootstrap_servers, "log_level": 0, "socket.timeout.ms": 1000, **security}
    )
    try:
        return bool(client.list_topics(timeout=seconds).brokers)
    except KafkaException:
        return False


def _listens(server: str, seconds: float) -> bool:
    host, _, port = server.strip().rpartition(":")
    return port.isdigit() and answers(int(port), host.strip("[]"), seconds)


def new_cluster_id() -> str:
    """Make an id as Kafka wants it: 16 bytes in base64, without a dash in front."""
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").lstrip("-") or "fordeling"
