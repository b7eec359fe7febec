"""The registry of topics beside what the broker has: what differs, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from contracts.access import Resource
from contracts.topics import GATEWAY, IMDI, SERVICES, TOPICS, Topic
from ops import kafka_client
from ops.stack.topics import COPIES, ENOUGH
from ops.topics import access

SECONDS = 15.0
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
        return Look(len(listed.brokers), there, access.found(client) if acls else None)
    except KafkaException as error:
        raise kafka_client.refused(error) from None


def _configs(client: AdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    resources = {name: ConfigResource(ResourceType.TOPIC, name) for name in names}
    found = client.describe_configs(list(resources.values()), request_timeout=SECONDS) if names else {}
    return {
        name: {key: str(entry.value) for key, entry in found[resource].result().items()}
        for name, resource in resources.items()
    }


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
        differing += _rights(found.acls, principal)
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


def _rights(acls: Sequence[Any], principal: str) -> Iterator[Drift]:
    """Compare who may do what with the registry. Who may do everything everywhere is not among the found."""
    difference = access.compare(acls, principal)
    for right in difference.missing:
        what, mend = f"may {right.operation.value.lower()}", "fordeling topics access"
        yield Drift(
            _place(right.resource, right.name, right.prefixed), what, principal.format(right.who), "may not", mend
        )
    for acl in difference.more:
        place = _place(acl.restype, acl.name, acl.resource_pattern_type == ResourcePatternType.PREFIXED)
        what, mend = f"may {acl.operation.name.lower()}", "fordeling topics access --prune"
        yield Drift(place, what, "nobody else", acl.principal, mend)


def _place(resource: Any, name: str, prefixed: bool) -> str:  # noqa: ANN401 - the client's own type, or ours
    """Name a topic by its name alone, other resources with their kind."""
    kind = "" if resource.name == Resource.TOPIC.value else f"{resource.name.lower().replace('_', ' ')} "
    return f"{kind}{name}{'*' if prefixed else ''}"
