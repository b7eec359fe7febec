"""What a topic is, and the shapes that each service has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts import failures, outcomes
from contracts.envelope import Message

DAY_MS = 24 * 60 * 60 * 1000

IMDI = "imdi"

GATEWAY = "gateway"

SERVICES = ("distribution", "municipality", "notification", "letters")


class Kind(StrEnum):
    """What a topic is for; its cleanup follows from it."""

    INBOUND = "inbound"
    COMMANDS = "commands"
    REPLIES = "replies"
    EVENTS = "events"
    ANSWERS = "answers"
    STATE = "state"
    FAILURES = "failures"


_RETENTION_DAYS: Mapping[Kind, int] = {
    Kind.INBOUND: 7,
    Kind.COMMANDS: 7,
    Kind.REPLIES: 7,
    Kind.EVENTS: 3650,
    Kind.ANSWERS: 30,
    Kind.FAILURES: 30,
}

LONGEST_BY_DAY = 30
"""Topics kept for as many days at most are kept to the day; the others hold nothing that must be gone on time."""

# A tombstone is gone a day after compaction saw it; a reader may not be away for longer than this.
_STATE_CONFIG: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY_MS),
    "segment.ms": str(DAY_MS // 4),
    "delete.retention.ms": str(14 * DAY_MS),
    "min.cleanable.dirty.ratio": "0.1",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. ``key`` says in words what a record's key is; ``messages`` are the types it may carry."""

    name: str
    owner: str
    kind: Kind
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    messages: tuple[type[Message], ...]
    partitions: int = 6

    @property
    def config(self) -> dict[str, str]:
        """The topic's configuration on the broker; times in milliseconds."""
        if self.kind is Kind.STATE:
            return dict(_STATE_CONFIG)
        days = _RETENTION_DAYS[self.kind]
        config = {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS)}
        # Kafka drops whole segments, each once its newest record is old enough: without this a week later.
        return config | ({"segment.ms": str(DAY_MS)} if days <= LONGEST_BY_DAY else {})

    @property
    def types(self) -> Mapping[str, type[Message]]:
        """Message classes by CloudEvents type."""
        return {message.message_type: message for message in self.messages}


MUNICIPALITY_KEY = "municipality id"

OUTCOMES = (outcomes.CommandAccepted, outcomes.CommandRefused)


def failures_topic(owner: str) -> Topic:
    """Make the topic of what a service could not read; operations read it."""
    return Topic(
        f"{owner}.failures.v1",
        owner,
        Kind.FAILURES,
        "the failed message's key",
        producers=(owner,),
        consumers=("operations",),
        messages=(failures.MessageFailed,),
        partitions=1,
    )


def commands_topic(owner: str, *messages: type[Message]) -> Topic:
    """Make the topic of what the gateway asks of a service."""
    return Topic(f"{owner}.commands.v1", owner, Kind.COMMANDS, MUNICIPALITY_KEY, (GATEWAY,), (owner,), messages)


def replies_topic(owner: str) -> Topic:
    """Make the topic of what came of commands."""
    return Topic(f"{owner}.replies.v1", owner, Kind.REPLIES, "command id", (owner,), (GATEWAY,), OUTCOMES, 3)


def events_topic(owner: str, consumers: tuple[str, ...], *messages: type[Message]) -> Topic:
    """Make the topic of a service's facts; IMDi may read it."""
    return Topic(f"{owner}.events.v1", owner, Kind.EVENTS, MUNICIPALITY_KEY, (owner,), (*consumers, IMDI), messages)


def state_topic(owner: str, key: str, consumers: tuple[str, ...], *messages: type[Message]) -> Topic:
    """Make the topic of what a service's things are now, by their key."""
    return Topic(f"{owner}.state.v1", owner, Kind.STATE, key, (owner,), consumers, messages)
