"""Commands that no page and no part of the API sends yet, put on the topic itself; and their outcomes, as replied."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from contracts.codes import Role
from contracts.distribution.v1 import RegisterSettlement
from contracts.envelope import Envelope, encode_headers
from contracts.fields import Actor
from contracts.topics import DISTRIBUTION_COMMANDS, DISTRIBUTION_REPLIES
from tests.faults.clients.caseworker import PATIENCE_SECONDS, Outcome
from tests.faults.clients.imdi import Sender
from tests.faults.told import Line, Told, What

SOURCE = "/rig"
ACTOR = Actor(user_id="rig", display_name="Rigg", role=Role.SYSTEM)
AGAIN_SECONDS = 20.0


@dataclass
class Replies:
    """Reads what is replied to commands, in a thread of its own, for as long as the stack runs."""

    bootstrap: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True, name="replies")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except KafkaException:
                self._stop.wait(1)

    def _read(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "rig-replies",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "log_level": 0,
            }
        )
        try:
            name = DISTRIBUTION_REPLIES.name
            partitions = consumer.list_topics(name, timeout=10).topics[name].partitions
            consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for number in partitions])
            while not self._stop.is_set():
                record = consumer.poll(0.2)
                if record is not None and record.error() is None and record.value():
                    self._note(json.loads(record.value()))
        finally:
            consumer.close()

    def _note(self, body: dict[str, object]) -> None:
        refused = "problem" in body
        version = body.get("version")
        self.outcomes[str(body["command_id"])] = Outcome(
            What.REFUSED if refused else What.ACCEPTED,
            int(str(version)) if version is not None else None,
            str(body["problem"]) if refused else None,
        )


@dataclass
class Settlements:
    """Registers that placed persons have moved in."""

    sender: Sender
    replies: Replies
    told: Told
    patience: float = PATIENCE_SECONDS

    def register(
        self, list_id: str, municipality_id: str, numbers: Sequence[int], version: int, today: Callable[[], date]
    ) -> int:
        """Register them one after the other; gives the list's version afterwards."""
        for number in numbers:
            key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{list_id}/settled/{number}"))
            body = RegisterSettlement(
                list_id=list_id,
                municipality_id=municipality_id,
                expected_version=version,
                actor=ACTOR,
                running_number=number,
                settlement_date=today(),
            )
            details = {"action": "settle", "version": version, "over": "topic", "number": number, "client": "rig"}
            self.told.write(Line(What.ASKED, list_id, key, "rig", details))
            outcome = self._ask(key, body)
            said = {"action": "settle", "version": outcome.version, "problem": outcome.problem}
            self.told.write(Line(outcome.what, list_id, key, "rig", said))
            if outcome.version is None or not outcome.accepted:
                break
            version = outcome.version
        return version

    def _ask(self, key: str, body: RegisterSettlement) -> Outcome:
        """Send the command, and the same again while nothing is replied, until patience ends."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            envelope = Envelope(key, SOURCE, body.message_type, body.list_id, datetime.now(UTC), correlation_id=key)
            value, headers = body.model_dump_json().encode(), dict(encode_headers(envelope))
            self.sender.send(DISTRIBUTION_COMMANDS.name, body.municipality_id, value, headers, seconds=self.patience)
            again = time.monotonic() + AGAIN_SECONDS
            while time.monotonic() < min(again, deadline):
                if (outcome := self.replies.outcomes.get(key)) is not None:
                    return outcome
                time.sleep(0.05)
        return Outcome(What.UNKNOWN)
