"""The registry of topics beside what the broker has: what differs, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from contracts.topics import GATEWAY, IMDI, SERVICES, TOPICS, Topic
from ops import kafka_client
from ops.stack.topics import COPIES, ENOUGH

SECONDS = 15.0
OPERATIONS = "operations"
"""Who reads failures: people with this command line."""

MAKE = "fordeling topics create"


@dataclass(frozen=True, slots=True)
class OnBroker:
    """A topic on the broker. copies: of the partition that has fewest; lagging: partitions with a copy behind."""

    partitions: int
    copies: int
    lagging: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. what: the property; mend: what makes it right."""

    topic: str
    what: str
    wanted: str
    found: str
    mend: str

    def document(self) -> dict[str, str]:
        """Write it as JSON's values."""
        return {
            "topic": self.topic,
            "what": self.what,
            "wanted": self.wanted,
            "found": self.found,
            "mend": self.mend,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the broker. acls: None where it keeps none, or tells us of none."""

    brokers: int
    topics: Mapping[str, OnBroker]
    acls: Sequence[Any] | None


def look(bootstrap: str, *, acls: bool = True) -> Look:
    """Look at the broker. Raises BrokerError."""
    client = kafka_client.admin(bootstrap)
    try:
        listed = client.list_topics(timeout=SECONDS)
        names = [name for name in listed.topics if not name.startswith("__")]
        configs = _configs(client, names)
        there = {
            name: OnBroker(
                len(found.partitions),
                min((len(each.replicas) for each in found.partitions.values()), default=0),
                sum(len(each.isrs) < len(each.replicas) for each in found.partitions.values()),
                configs[name],
            )
            for name, found in listed.topics.items()
            if name in configs
        }
        return Look(len(listed.brokers), there, _acls(client) if acls else None)
    except KafkaException as error:
        raise kafka_client.refused(error) from None


def _configs(client: AdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    resources = {name: ConfigResource(ResourceType.TOPIC, name) for name in names}
    found = client.describe_configs(list(resources.values()), request_timeout=SECONDS) if names else {}
    return {
        name: {key: str(entry.value) for key, entry in found[resource].result().items()}
        for name, resource in resources.items()
    }


def _acls(client: AdminClient) -> Sequence[AclBinding] | None:
    anything: Any = None
    every = AclBindingFilter(
        ResourceType.TOPIC,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    try:
        # A broker without an authorizer answers with none at all, as one that shows them to us not.
        return list(client.describe_acls(every, request_timeout=SECONDS).result()) or None
    except KafkaException as error:
        if error.args[0].code() == KafkaError.SECURITY_DISABLED:
            return None
        raise


def drift(found: Look, principal: str = "User:{}", topics: Sequence[Topic] = TOPICS) -> list[Drift]:
    """Tell all that differs. principal: how the broker names who signs in, with ``{}`` for ours."""
    differing: list[Drift] = []
    for topic in topics:
        there = found.topics.get(topic.name)
        if there is None:
            differing.append(Drift(topic.name, "topic", "there", "missing", MAKE))
            continue
        differing += _shape(topic, there, found.brokers)
        if found.acls is not None:
            differing += _rights(topic, found.acls, principal)
    known = {topic.name for topic in topics}
    owners = (*SERVICES, IMDI, GATEWAY)
    differing += [
        Drift(name, "topic", "not in the registry", "there", "look what it is; an older release may have made it")
        for name in sorted(found.topics.keys() - known)
        if name.split(".", 1)[0] in owners
    ]
    return differing


def _shape(topic: Topic, there: OnBroker, brokers: int) -> Iterator[Drift]:
    if there.partitions != topic.partitions:
        mend = "a new topic and a take-over: another number puts an entity's records in two places"
        yield Drift(topic.name, "partitions", str(topic.partitions), str(there.partitions), mend)
    for name, value in topic.config.items():
        if (has := there.config.get(name, "")) != value:
            yield Drift(topic.name, name, value, has or "not set", MAKE)
    possible = min(COPIES, brokers)
    if there.copies < possible:
        yield Drift(topic.name, "copies", str(possible), str(there.copies), "have its partitions reassigned")
    if there.copies > 1 and int(there.config.get(ENOUGH, "1")) < there.copies - 1:
        yield Drift(topic.name, ENOUGH, str(there.copies - 1), there.config.get(ENOUGH, "1"), MAKE)
    if there.lagging:
        yield Drift(topic.name, "copies in step", "all", f"{there.lagging} partitions behind", "look at the brokers")


def _rights(topic: Topic, acls: Sequence[Any], principal: str) -> Iterator[Drift]:
    """Compare who may read and write with the registry. Who may do everything everywhere is not among the found."""
    for right, names in (("WRITE", topic.producers), ("READ", topic.consumers)):
        wanted = {principal.format(name) for name in names}
        has = {acl.principal for acl in acls if _concerns(acl, topic.name, right)}
        everybody = {acl.principal for acl in acls if acl.name == "*" and acl.restype == ResourceType.TOPIC}
        for missing in sorted(wanted - has):
            yield Drift(topic.name, f"may {right.lower()}", missing, "may not", "kafka-acls --add; see docs/cli.md")
        for more in sorted(has - wanted - everybody - {principal.format(OPERATIONS)}):
            yield Drift(topic.name, f"may {right.lower()}", "nobody else", more, "kafka-acls --remove")


def _concerns(acl: Any, topic: str, right: str) -> bool:  # noqa: ANN401 - the client's own type
    if acl.permission_type != AclPermissionType.ALLOW or acl.operation.name not in (right, "ALL"):
        return False
    if acl.resource_pattern_type == ResourcePatternType.PREFIXED:
        return topic.startswith(acl.name)
    return acl.name in (topic, "*")
