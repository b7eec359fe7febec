"""IMDi's systems, from outside: they publish, and keep what they publish until the broker has it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from contracts.envelope import Envelope, Message, encode_headers
from contracts.topics import IMDI_LISTS, Topic
from tests.faults.plan import Case
from tests.faults.told import Line, Told, What

SOURCE = "/imdi"
PATIENCE_SECONDS = 150.0
AT_ONCE = 50
MESSAGE_SECONDS = 20
"""How long the client library itself keeps trying; then we send the same message again."""


@dataclass
class Sender:
    """Sends records and waits for each until the broker has it. Threads may share it."""

    bootstrap: str
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _retired: list[Producer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "message.timeout.ms": MESSAGE_SECONDS * 1000,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 0,
            }
        )

    def send(
        self,
        topic: str,
        key: str | bytes | None,
        value: bytes | None,
        headers: Mapping[str, bytes],
        *,
        partition: int = -1,
        seconds: float = PATIENCE_SECONDS,
    ) -> bool:
        """Send until the broker has acknowledged it; False where it has not within the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done: list[KafkaError | None] = []
            producer = self._producer
            try:
                with self._lock:
                    producer.produce(
                        topic,
                        value,
                        key,
                        partition,
                        headers=dict(headers),
                        on_delivery=lambda error, _record, done=done: done.append(error),
                    )
            except (BufferError, KafkaException):
                self._renew(producer)
                time.sleep(0.2)
                continue
            while not done and time.monotonic() < deadline:
                producer.poll(0.05)
            if done and done[0] is None:
                return True
            if not done or done[0].fatal():
                self._renew(producer)
            time.sleep(0.2)
        return False

    def _renew(self, failed: Producer) -> None:
        """Make a new producer, once for whoever it failed: one that has met a fatal error sends nothing any more.

        The old one is kept, for others may still wait for what they gave it.
        """
        with self._lock:
            if self._producer is failed:
                self._retired.append(failed)
                self.__post_init__()


@dataclass
class Imdi:
    """Publishes lists, and tells the ledger once the broker has one."""

    sender: Sender
    told: Told

    def publish(self, body: Message, list_id: str, number: str, message_id: str, *, expects: str = "taken") -> bool:
        """Publish a message; ``expects``: ``taken`` or ``rejected``. True once the broker has it."""
        return self.publish_raw(
            body.model_dump_json(exclude_unset=True).encode(),
            list_id,
            number,
            message_id,
            kind=body.message_type,
            expects=expects,
        )

    def publish_many(self, cases: Sequence[Case], *, expects: str = "taken") -> None:
        """Publish the lists of some cases as fast as the broker takes them; returns once it has them all."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for case in cases:
                message_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"rig/{case.list_id}/publish"))
                number = case.municipality.number
                pool.submit(self.publish, case.body, case.list_id, number, message_id, expects=expects)

    def publish_raw(
        self,
        value: bytes,
        list_id: str,
        number: str,
        message_id: str,
        *,
        kind: str,
        expects: str,
        topic: Topic = IMDI_LISTS,
    ) -> bool:
        """Publish any bytes as a message of that kind."""
        envelope = Envelope(message_id, SOURCE, kind, list_id, datetime.now(UTC))
        sent = self.sender.send(topic.name, number, value, dict(encode_headers(envelope)))
        what = What.PUBLISHED if sent else What.NOT_PUBLISHED
        details = {"kind": kind, "expects": expects, "number": number, "persons": _persons(value)}
        self.told.write(Line(what, list_id, message_id, "imdi", details))
        return sent


def _persons(value: bytes) -> list[dict[str, Any]]:
    """Tell running numbers and kinds of place; nothing else of anybody gets into the ledger."""
    try:
        found = json.loads(value).get("persons", [])
        return [{"number": one["running_number"], "minor": bool(one.get("unaccompanied_minor"))} for one in found]
    except (ValueError, AttributeError, KeyError, TypeError):
        return []
