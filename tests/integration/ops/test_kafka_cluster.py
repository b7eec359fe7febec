"""Three Kafka nodes, and what topics are made like on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer

# As in ops/stack/topics.py.
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_STATE, Topic
from ops.embedded.waiting import wait_until
from ops.stack import topics
from ops.testing.kafka_cluster import KafkaCluster, kafka_cluster

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(400)]
SECONDS = 90.0


@pytest.fixture(scope="module")
def cluster(scratch: Path) -> Iterator[KafkaCluster]:
    with kafka_cluster(scratch / "cluster") as started:
        yield started


def _named(topic: Topic, name: str) -> Topic:
    return replace(topic, name=name, partitions=3)


def _copies(cluster: KafkaCluster, name: str) -> set[int]:
    found = AdminClient({"bootstrap.servers": cluster.bootstrap_servers}).list_topics(name, timeout=10).topics[name]
    return {len(partition.replicas) for partition in found.partitions.values()}


def _enough(cluster: KafkaCluster, name: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, name)
    client = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
    [told] = client.describe_configs([resource]).values()
    return str(told.result()["min.insync.replicas"].value)


def _acknowledged(cluster: KafkaCluster, topic: str) -> bool:
    errors: list[object] = []
    producer = Producer({"bootstrap.servers": cluster.bootstrap_servers, "acks": "all", "log_level": 0})
    producer.produce(topic, b"value", on_delivery=lambda error, _: errors.append(error))
    return producer.flush(SECONDS) == 0 and errors == [None]


def test_topics_have_as_many_copies_as_brokers_up_to_three(cluster: KafkaCluster) -> None:
    """On three brokers a topic of any kind has three copies, two of which must have a record that is acknowledged."""
    wanted = [_named(DISTRIBUTION_EVENTS, "copies.events"), _named(DISTRIBUTION_STATE, "copies.state")]
    assert topics.create(cluster.bootstrap_servers, wanted).created == ["copies.events", "copies.state"]
    for topic in wanted:
        assert (_copies(cluster, topic.name), _enough(cluster, topic.name)) == ({3}, "2")
    again = topics.create(cluster.bootstrap_servers, wanted)
    assert (again.created, again.reconfigured, again.thin) == ([], [], [])


def test_a_topic_with_too_few_copies_is_told_of(cluster: KafkaCluster) -> None:
    """A topic that somebody made with a single copy is left as it is, and named."""
    wanted = [_named(DISTRIBUTION_EVENTS, "copies.thin")]
    topics.create(cluster.bootstrap_servers, wanted, replication_factor=1)
    assert topics.create(cluster.bootstrap_servers, wanted).thin == ["copies.thin"]
    client = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
    client.delete_topics(["copies.thin"])["copies.thin"].result()  # the cluster is not whole without all its copies


def test_any_node_may_be_lost(cluster: KafkaCluster) -> None:
    """Records are acknowledged while a node is dead, and a node that begins anew with nothing gets all of them back."""
    topics.create(cluster.bootstrap_servers, [_named(DISTRIBUTION_EVENTS, "copies.lost")])
    lost = cluster.leader("copies.lost")
    cluster.nodes[lost].kill()
    assert _acknowledged(cluster, "copies.lost")
    assert wait_until(lambda: cluster.leader("copies.lost") not in (0, -1, lost), SECONDS)
    cluster.wipe(lost)
    assert _acknowledged(cluster, "copies.lost")
    cluster.nodes[lost].start()
    cluster.wait_whole()
