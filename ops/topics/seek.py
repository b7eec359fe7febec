"""Moving a consumer group's position: only of a group that does not run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from contracts.topics import GATEWAY, SERVICES
from ops import kafka_client
from ops.errors import UserError
from ops.topics import names
from ops.topics.lag import SECONDS, LagReader
from ops.topics.records import Place

BEGINNING, END = "beginning", "end"


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to: one of the words above, a time, or an offset."""

    text: str
    time: datetime | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's way. at: None: the group has no position there. Either way is in offsets, not in records."""

    topic: str
    partition: int
    at: int | None
    to: int
    end: int

    @property
    def again(self) -> int:
        """How many offsets are read again."""
        return max((self.at or 0) - self.to, 0) if self.at is not None else 0

    @property
    def skipped(self) -> int:
        """How many offsets are never read by this group."""
        return max(self.to - self.at, 0) if self.at is not None else 0

    def document(self) -> dict[str, Any]:
        """Write it as JSON's values."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "at": self.at,
            "to": self.to,
            "end": self.end,
            "read_again": self.again,
            "skipped": self.skipped,
        }


def goal(text: str) -> Goal:
    """Read where to. Raises UserError."""
    if text in (BEGINNING, END):
        return Goal(text)
    if text.isdigit():
        return Goal(text, offset=int(text))
    try:
        return Goal(text, time=names.moment(text, "--to"))
    except UserError:
        raise UserError(
            f"--to: '{text}' is neither beginning, end, an offset, nor a time: 2026-11-26T08:00:00+01:00, or 2h ago."
        ) from None


def plan(bootstrap: str, group: str, to: Goal, topic: str | None, partitions: Sequence[int] | None) -> list[Move]:
    """Tell what would be moved. Raises UserError where the group runs, or there is no such one."""
    client = kafka_client.admin(bootstrap)
    reader = LagReader(bootstrap)
    try:
        check_stopped(client, group)
        [found] = reader.look([group])
        places = {(each.topic, each.partition): each for each in found.partitions}
        chosen = [
            place
            for place in places
            if (topic is None or place[0] == topic) and (partitions is None or place[1] in partitions)
        ]
        if not chosen:
            raise UserError(f"The group {group} reads nothing of that: fordeling topics lag {group} --partitions")
        targets = offsets(client, chosen, to)
        return [Move(*place, places[place].committed, targets[place], places[place].end) for place in sorted(chosen)]
    except KafkaException as error:
        raise kafka_client.refused(error) from None


def check_stopped(client: AdminClient, group: str) -> None:
    """Raise UserError where the group has members, or is not there."""
    [asked] = client.describe_consumer_groups([group], request_timeout=SECONDS).values()
    try:
        found = asked.result()
        there, members, state = True, found.members, found.state.name.lower()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.GROUP_ID_NOT_FOUND:
            raise kafka_client.refused(error) from None
        there, members, state = False, [], "dead"
    if members or state not in ("empty", "dead"):
        owner = group.split(".", 1)[0]
        whose = f"stop {owner}" if owner in (*SERVICES, GATEWAY) else "stop what reads with it"
        raise UserError(f"The group {group} runs ({len(members)} members): {whose} first; it would go on where it is.")
    if not there or state == "dead":
        raise UserError(f"There is no group {group}: fordeling topics lag lists them.")


def offsets(client: AdminClient, places: Sequence[Place], to: Goal) -> dict[Place, int]:
    """Tell the offset of each place, never before its beginning nor behind its end."""
    low, high = ask_offsets(client, places, kafka_client.EARLIEST), ask_offsets(client, places, kafka_client.LATEST)
    if to.text == BEGINNING:
        return low
    if to.text == END:
        return high
    if to.offset is not None:
        return {place: min(max(to.offset, low[place]), high[place]) for place in places}
    assert to.time is not None
    found = ask_offsets(client, places, OffsetSpec.for_timestamp(round(to.time.timestamp() * 1000)))
    return {place: found[place] if found[place] >= 0 else high[place] for place in places}


def ask_offsets(client: AdminClient, places: Sequence[Place], spec: OffsetSpec) -> dict[Place, int]:
    """Ask the broker. Raises KafkaException."""
    asked = client.list_offsets({TopicPartition(*place): spec for place in places}, request_timeout=SECONDS)
    return {(place.topic, place.partition): future.result().offset for place, future in asked.items()}


def move(bootstrap: str, group: str, to: Mapping[Place, int]) -> None:
    """Set the group's position; the broker refuses it too where somebody has joined meanwhile. Raises UserError."""
    client = kafka_client.admin(bootstrap)
    wanted = [TopicPartition(*place, offset) for place, offset in to.items()]
    [asked] = client.alter_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, wanted)], request_timeout=SECONDS
    ).values()
    try:
        asked.result()
    except KafkaException as error:
        if error.args[0].code() in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP):
            raise UserError(f"The group {group} runs: stop what reads with it first.") from None
        raise kafka_client.refused(error) from None
