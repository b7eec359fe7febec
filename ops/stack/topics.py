"""Topics: made on the broker as the registry says."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException

# Its documentation imports them from here, though it marks only the client as exported.
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
    TopicMetadata,
)

from contracts.topics import TOPICS, Topic
from ops import kafka_client
from ops.embedded.kafka import answers_metadata
from ops.errors import UserError

BROKERS_DEFAULT = -1
BY_BROKERS = 0
COPIES = 3
"""Of each partition, where there are as many brokers: then one may be lost for good, and one more be away."""
ENOUGH = "min.insync.replicas"
REQUEST_SECONDS = 30.0
REACH_SECONDS = 5.0
WAKE_SECONDS = 0.3
AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: names of the topics made, of those newly configured, and of those that differ in partitions.

    The last are left alone: another number of partitions would put an entity's records in two places. thin: those
    with fewer copies than the brokers could hold; only a reassignment by operations gives them more.
    """

    created: Sequence[str]
    reconfigured: Sequence[str]
    misfits: Sequence[str]
    thin: Sequence[str] = ()


def check_reachable(bootstrap_servers: str) -> None:
    """Raise UserError unless a broker answers."""
    if not answers_metadata(bootstrap_servers, REACH_SECONDS, kafka_client.security().librdkafka()):
        raise UserError(
            f"No Kafka broker answers at {bootstrap_servers} (KAFKA_BOOTSTRAP_SERVERS). "
            "Start it or mend the address, or unset the variable to use the embedded Kafka."
        )


def wake_group_coordinator(bootstrap_servers: str) -> None:
    """Have a new broker make the topic of the consumer groups' offsets before five services ask for it at once.

    Without it all works too, after a page of warnings in the logs of the first start. Does not wait for it.
    """
    client = AdminClient(kafka_client.options(bootstrap_servers))
    [asked] = client.describe_consumer_groups(["nobody"], request_timeout=WAKE_SECONDS).values()
    asked.exception()


def create(bootstrap_servers: str, topics: Sequence[Topic] = TOPICS, replication_factor: int = BY_BROKERS) -> Outcome:
    """Make what is missing and set what differs. Raises UserError where the broker refuses.

    replication_factor: copies of each new partition. ``BY_BROKERS``: three, or as many as there are brokers;
    ``BROKERS_DEFAULT``: as the brokers are configured. Of several copies all but one must have a record before it is
    acknowledged: what is acknowledged outlives any one broker.
    """
    client = AdminClient(kafka_client.options(bootstrap_servers))
    listed = client.list_topics(timeout=REQUEST_SECONDS)
    possible = min(COPIES, len(listed.brokers))
    missing = [topic for topic in topics if topic.name not in listed.topics]
    try:
        created = _make(client, missing, possible if replication_factor == BY_BROKERS else replication_factor)
        present = [topic for topic in topics if topic.name not in created]
        there = _told_of(client, [topic.name for topic in present])
        copies = {topic.name: _copies(there[topic.name]) for topic in present}
        reconfigured = _reconfigure(client, present, copies)
    except KafkaException as error:
        raise UserError(f"The broker at {bootstrap_servers} refused: {error.args[0].str()}") from None
    misfits = [topic.name for topic in present if len(there[topic.name].partitions) != topic.partitions]
    thin = [name for name, count in copies.items() if count < possible]
    return Outcome(created, reconfigured, misfits, thin)


def _told_of(client: AdminClient, names: Sequence[str]) -> Mapping[str, TopicMetadata]:
    """List topics that are there, once whichever broker answers knows of them all. Raises UserError."""
    end = time.monotonic() + REQUEST_SECONDS
    while not (there := client.list_topics(timeout=REQUEST_SECONDS).topics).keys() >= set(names):
        if time.monotonic() > end:
            raise UserError(f"The brokers do not tell of {min(set(names) - there.keys())}, which is there: try again.")
        time.sleep(AGAIN_SECONDS)
    return there


def _copies(found: TopicMetadata) -> int:
    return min(len(partition.replicas) for partition in found.partitions.values())


def _durable(copies: int) -> dict[str, str]:
    return {ENOUGH: str(copies - 1)} if copies > 1 else {}


def _make(client: AdminClient, topics: Sequence[Topic], copies: int) -> list[str]:
    """Make them; names those made. The broker that was asked may not have heard yet of what is there already."""
    if not topics:
        return []
    new = [
        NewTopic(topic.name, topic.partitions, replication_factor=copies, config=topic.config | _durable(copies))
        for topic in topics
    ]
    made = []
    for name, future in client.create_topics(new, operation_timeout=REQUEST_SECONDS).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise
        else:
            made.append(name)
    return made


def _reconfigure(client: AdminClient, topics: Sequence[Topic], copies: Mapping[str, int]) -> list[str]:
    if not topics:
        return []
    resources = {topic.name: ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics}
    current = client.describe_configs(list(resources.values()))
    changed = []
    for topic in topics:
        has: dict[str, Any] = current[resources[topic.name]].result()
        entries = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in (topic.config | _durable(copies[topic.name])).items()
            if name not in has or _differs(name, has[name].value, value)
        ]
        if entries:
            changed.append(ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries))
    if changed:
        for future in client.incremental_alter_configs(changed).values():
            future.result()
    return [str(resource.name) for resource in changed]


def _differs(name: str, has: str, wanted: str) -> bool:
    """Whether a setting is to be changed. Who wants more copies before the acknowledgement than we do may have them."""
    return int(has) < int(wanted) if name == ENOUGH else has != wanted
