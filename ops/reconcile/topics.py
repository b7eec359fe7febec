"""The state topics, read to the end and then further as they grow: the last record of each key."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition

from contracts.envelope import FILLER, EnvelopeError, decode_headers
from ops import kafka_client
from ops.reconcile.compare import Mark
from ops.reconcile.entities import Entity, digest
from ops.reconcile.errors import CannotCompareError

_ANSWER_SECONDS = 10.0
"""A broker that says nothing for this long is taken for gone."""

_UNDECIDED_SECONDS = 1.0
"""How long to wait for records that are there but whose transaction has not ended."""

_AT_ONCE = 1000


class StateTopics:
    """Reads the topics of some entities, committed records only, without a group of its own.

    told: for each entity, the marks by key, up to where has been read.
    """

    def __init__(self, bootstrap: str, entities: Iterable[Entity]) -> None:
        self._entities = {(one.topic.name, one.message.message_type): one for one in entities}
        self._fields = {one.name: one.fields for one in self._entities.values()}
        self.told: dict[str, dict[str, Mark]] = {one.name: {} for one in self._entities.values()}
        self._read: dict[tuple[str, int], int] = {}
        self._at_end: set[tuple[str, int]] = set()
        self._bootstrap = bootstrap
        self._consumer = kafka_client.reader(bootstrap, enable_partition_eof=True, fetch_wait_max_ms=50)
        try:
            self._assign()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def advance(self) -> set[tuple[str, str]]:
        """Read up to where the topics end now. Returns entity and key of every record; raises CannotCompareError."""
        wanted = {place: self._end(*place) for place in self._places}
        touched: set[tuple[str, str]] = set()
        last = time.monotonic()
        while behind := [place for place, end in wanted.items() if self._read.get(place, -1) < end]:
            batch = self._consumer.consume(_AT_ONCE, timeout=0.2)
            touched |= {found for record in batch if (found := self._note(record))}
            now = time.monotonic()
            if batch:
                last = now
            elif now - last > _UNDECIDED_SECONDS and self._at_end.issuperset(behind):
                break
            elif now - last > _ANSWER_SECONDS:
                raise CannotCompareError(f"Kafka at {self._bootstrap} stopped answering while topics were read.")
        return touched

    def _assign(self) -> None:
        names = sorted({topic for topic, _ in self._entities})
        try:
            known = self._consumer.list_topics(timeout=_ANSWER_SECONDS).topics
        except KafkaException as error:
            raise CannotCompareError(f"No Kafka answers at {self._bootstrap}: fordeling status") from error
        if missing := [name for name in names if name not in known]:
            raise CannotCompareError(f"The broker has no topic {missing[0]}: fordeling topics create")
        self._places = [(name, number) for name in names for number in known[name].partitions]
        self._consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for name, number in self._places])

    def _end(self, topic: str, partition: int) -> int:
        try:
            found = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_ANSWER_SECONDS)
        except KafkaException as error:
            raise CannotCompareError(f"Kafka at {self._bootstrap} does not tell how long {topic} is.") from error
        return int(found[1])

    def _note(self, record: Any) -> tuple[str, str] | None:  # noqa: ANN401 - the client's own message type is untyped
        error, place = record.error(), (record.topic(), record.partition())
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                self._read[place] = record.offset()
                self._at_end.add(place)
            return None
        self._read[place] = record.offset() + 1
        self._at_end.discard(place)
        try:
            envelope = decode_headers((name, value or b"") for name, value in record.headers() or ())
        except EnvelopeError:
            return None
        entity = self._entities.get((record.topic(), envelope.type))
        if entity is None or envelope.subject.startswith(FILLER):
            return None
        key, value, marks = (record.key() or b"").decode(errors="replace"), record.value(), self.told[entity.name]
        if value is None:
            marks.pop(key, None)
        else:
            body = entity.body_from_json(value)
            whole = digest(body)
            held = digest(body, self._fields[entity.name]) if entity.untold else whole
            marks[key] = Mark(envelope.sequence, held, whole)
        return entity.name, key
