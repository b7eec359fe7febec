"""Three Kafka nodes, and what topics are made like on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Producer

# As in ops/stack/topics.py.
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from contracts.topics import DISTRIBUTION_EVENTS, DISTRIBUTION_STATE, Topic
from ops.embedded.waiting import wait_until
from ops.stack import topics
from ops.testing.kafka_cluster import KafkaCluster, kafka_cluster

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(400)]
SECONDS = 90.0
PARTITIONS = 3


@pytest.fixture(scope="module")
def cluster(scratch: Path) -> Iterator[KafkaCluster]:
    with kafka_cluster(scratch / "cluster") as started:
        yield started


def _named(topic: Topic, name: str) -> Topic:
    return replace(topic, name=name, partitions=PARTITIONS)


def _copies(cluster: KafkaCluster, name: str) -> set[int]:
    """Ask any of the brokers, once it has heard of the topic: they hear one after the other."""
    client, found = AdminClient({"bootstrap.servers": cluster.bootstrap_servers}), []

    def told() -> bool:
        found[:] = client.list_topics(name, timeout=10).topics[name].partitions.values()
        return len(found) == PARTITIONS

    assert wait_until(told, SECONDS)
    return {len(partition.replicas) for partition in found}


def _enough(cluster: KafkaCluster, name: str) -> str:
    client, found = AdminClient({"bootstrap.servers": cluster.bootstrap_servers}), []

    def told() -> bool:
        [asked] = client.describe_configs([ConfigResource(ResourceType.TOPIC, name)]).values()
        with suppress(KafkaException):
            found.append(str(asked.result()["min.insync.replicas"].value))
        return bool(found)

    assert wait_until(told, SECONDS)
    return found[-1]


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
    assert _enough(cluster, "copies.thin")  # whichever node is asked has heard of it
    assert topics.create(cluster.bootstrap_servers, wanted).thin == ["copies.thin"]
    client = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
    client.delete_topics(["copies.thin"])["copies.thin"].result()  # the cluster is not whole without all its copies


def test_any_node_may_be_lost(cluster: KafkaCluster) -> None:
    """Records are acknowledged while a node is dead, and a node that begins anew with nothing gets all of them back."""
    topics.create(cluster.bootstrap_servers, [_named(DISTRIBUTION_EVENTS, "copies.lost")])
    assert wait_until(lambda: cluster.leader("copies.lost") > 0, SECONDS)
    lost = cluster.leader("copies.lost")
    cluster.nodes[lost].kill()
    assert _acknowledged(cluster, "copies.lost")
    assert wait_until(lambda: cluster.leader("copies.lost") not in (0, -1, lost), SECONDS)
    cluster.wipe(lost)
    assert _acknowledged(cluster, "copies.lost")
    cluster.nodes[lost].start()
    cluster.wait_whole()
