"""Three Kafka nodes on one machine, each to be stopped, killed, started and wiped by itself.

Every topic is on all three and takes a record once two have it: so one may be lost at any time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import AdminClient

from ops.embedded.install import install_jars
from ops.embedded.kafka import JARS, Kafka, Membership, new_cluster_id
from ops.embedded.ports import free_ports
from ops.embedded.waiting import wait_until
from ops.errors import UserError
from ops.testing.held import Held

NODES = 3
HEAP_MEGABYTES = 384
READY_SECONDS = 120.0
REQUEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class KafkaCluster:
    """The nodes by their ids, from 1."""

    nodes: Mapping[int, Held]

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it: all nodes, for any may be away."""
        return ",".join(self._kafka(node).bootstrap_servers for node in self.nodes)

    def leader(self, topic: str, partition: int = 0) -> int:
        """Tell the node that leads a partition; 0 or less while none does, or who is asked has not heard of it."""
        found = self._client().list_topics(topic, timeout=REQUEST_SECONDS).topics[topic].partitions.get(partition)
        return 0 if found is None else int(found.leader)

    def whole(self) -> bool:
        """Whether all nodes are there and have all that they should: any one may then be lost."""
        listed = self._client().list_topics(timeout=REQUEST_SECONDS)
        partitions = [partition for topic in listed.topics.values() for partition in topic.partitions.values()]
        complete = all(len(partition.isrs) == len(partition.replicas) for partition in partitions)
        return complete and len(listed.brokers) == len(self.nodes)

    def wait_whole(self, seconds: float = READY_SECONDS) -> None:
        """Wait for that. Raises UserError."""
        if not wait_until(self.whole, seconds):
            raise UserError(f"The Kafka cluster is not whole again after {seconds:.0f} s.")

    def wipe(self, node: int) -> None:
        """Delete all that a node holds; it must have been stopped or killed. Started, it begins anew with nothing."""
        assert self.nodes[node].pid is None
        shutil.rmtree(self._kafka(node).home)

    def _kafka(self, node: int) -> Kafka:
        part = self.nodes[node].part
        assert isinstance(part, Kafka)
        return part

    def _client(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})


@contextmanager
def kafka_cluster(folder: Path) -> Iterator[KafkaCluster]:
    """Keep a cluster for as long as the block lasts. Raises UserError where it does not start."""
    install_jars(JARS)
    ports = free_ports(2 * NODES)
    controllers = dict(enumerate(ports[NODES:], start=1))
    cluster_id = new_cluster_id()
    nodes = {
        node: Held(
            Kafka(
                folder / f"kafka-{node}",
                ports[node - 1],
                controllers[node],
                heap_megabytes=HEAP_MEGABYTES,
                member=Membership(node, cluster_id, controllers),
            ),
            folder / f"kafka-{node}.log",
        )
        for node in controllers
    }
    try:
        for held in nodes.values():
            held.start()
        for held in nodes.values():
            held.wait_ready(READY_SECONDS)
        cluster = KafkaCluster(nodes)
        cluster.wait_whole()
        yield cluster
    finally:
        for held in nodes.values():
            held.kill()  # all it held is a test's; in order, the last one would wait long for the others
