"""Asking the services over their topics and waiting for what they say: how the demonstration acts as many users."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from confluent_kafka import Producer

from contracts.envelope import Envelope, Message, encode_headers
from contracts.outcomes import CommandAccepted
from contracts.topics import (
    DISTRIBUTION_REPLIES,
    DISTRIBUTION_STATE,
    MUNICIPALITY_REPLIES,
    MUNICIPALITY_STATE,
    Topic,
)
from ops import broker, kafka_client
from ops.errors import UserError

SOURCE = "/fordeling/demo"
_PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Command:
    """A command to send. ``name`` is its id: the same command sent again is answered with its first outcome."""

    name: str
    topic: Topic
    key: str
    subject: str
    body: Message


@dataclass
class Conversation:
    """What has been heard so far: versions and bodies by subject, outcomes by command id.

    ``patience``: seconds to wait for the services to say something awaited.
    """

    bootstrap: str
    now: datetime
    patience: float = _PATIENCE
    heard: Sequence[Topic] = (DISTRIBUTION_STATE, MUNICIPALITY_STATE, DISTRIBUTION_REPLIES, MUNICIPALITY_REPLIES)
    versions: dict[str, int] = field(default_factory=dict)
    states: dict[str, dict[str, object]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._producer = Producer(
            kafka_client.options(self.bootstrap, partitioner="murmur2_random", enable_idempotence=True)
        )
        self._records: Iterator[broker.Seen | None] = broker.follow(
            self.bootstrap, [topic.name for topic in self.heard], from_beginning=True
        )

    def ask(self, commands: Sequence[Command]) -> Mapping[str, int]:
        """Send the commands and wait for every outcome. Returns versions by command name.

        Raises UserError where one is refused, or no outcome comes in time.
        """
        for command in commands:
            envelope = Envelope(
                command.name, SOURCE, command.body.message_type, command.subject, self.now, correlation_id=command.name
            )
            self._producer.produce(
                command.topic.name,
                command.body.model_dump_json().encode(),
                command.key,
                headers=dict(encode_headers(envelope)),
            )
            self._producer.poll(0)
        self._producer.flush(30)
        self.hear(lambda: all(command.name in self.outcomes for command in commands), "outcomes of commands")
        for command in commands:
            outcome = self.outcomes[command.name]
            if "problem" in outcome:
                raise UserError(f"{command.body.message_type} for {command.subject} was refused: {outcome['problem']}.")
        return {
            command.name: CommandAccepted.model_validate(self.outcomes[command.name]).version for command in commands
        }

    def hear(self, enough: Callable[[], bool], what: str) -> None:
        """Listen until it is enough. Raises UserError, naming what was awaited, when patience ends."""
        end = time.monotonic() + self.patience
        while not enough():
            if time.monotonic() > end:
                raise UserError(f"The services did not tell {what} within {self.patience:.0f} s; see: fordeling status")
            self._note(next(self._records))

    def _note(self, seen: broker.Seen | None) -> None:
        if seen is None or seen.value is None:
            return
        body = json.loads(seen.value)
        if seen.topic in (DISTRIBUTION_REPLIES.name, MUNICIPALITY_REPLIES.name):
            self.outcomes[str(body["command_id"])] = body
        else:
            self.versions[seen.key] = int(seen.headers["ce_sequence"])
            self.states[seen.key] = body
