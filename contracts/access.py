"""Who may do what on the broker, from the registry of topics: what is not here is refused.

Only a topic's producers write it and only its readers read it: only the gateway sends commands, only IMDi speaks on
``imdi.*``. A service reads with groups under its own name and sends with a transactional id of its own, so that nobody
else can move its place in a topic or end its relay's transactions. Operations make topics and give these rights: they
are the brokers' super user and stand in no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.topics import GATEWAY, IMDI, SERVICES, TOPICS, Kind, Topic

PRINCIPALS = (*SERVICES, GATEWAY, IMDI)
"""Who signs in on the broker, each with a name and secret of its own; beside them ``operations``."""


class Resource(StrEnum):
    """What a right is on, in the broker's words."""

    TOPIC = "TOPIC"
    GROUP = "GROUP"
    TRANSACTIONAL_ID = "TRANSACTIONAL_ID"


class Operation(StrEnum):
    """What one may do with it. Either includes to be told that it is there."""

    READ = "READ"
    WRITE = "WRITE"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One right. name: the resource's, or, where ``prefixed``, what the names of all of them begin with."""

    who: str
    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False


def rights(topics: Sequence[Topic] = TOPICS) -> list[Right]:
    """Tell every right there has to be."""
    return sorted({*_on_topics(topics), *_of_processes()})


def readers(topic: Topic) -> set[str]:
    """Tell who reads a topic: its consumers and, where it holds states, their owner too.

    An owner that tells its states again first looks at what the topic says (decision 9).
    """
    return {*topic.consumers, *(topic.producers if topic.kind is Kind.STATE else ())}


def _on_topics(topics: Sequence[Topic]) -> Iterator[Right]:
    for topic in topics:
        for who in set(topic.producers) & set(PRINCIPALS):
            yield Right(who, Resource.TOPIC, topic.name, Operation.WRITE)
        for who in readers(topic) & set(PRINCIPALS):
            yield Right(who, Resource.TOPIC, topic.name, Operation.READ)


def _of_processes() -> Iterator[Right]:
    """Tell of groups, ``<who>.<topic>`` (``chassis.reading``), and of relays' ids, ``<who>.outbox``."""
    for who in PRINCIPALS:
        yield Right(who, Resource.GROUP, f"{who}.", Operation.READ, prefixed=True)
    for who in (*SERVICES, GATEWAY):
        yield Right(who, Resource.TRANSACTIONAL_ID, f"{who}.outbox", Operation.WRITE)
