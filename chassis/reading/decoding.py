"""A record from Kafka, read as far as it can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from chassis.reading.subscriptions import Reading, Received, Record
from chassis.validation import FieldError, InvalidBodyError, parse
from contracts.envelope import FILLER, Envelope, EnvelopeError, Message, Upcast, decode_headers

LONGEST_TEXT = 500
"""Bytes of an id, subject, type or key: two of them must fit an index entry of PostgreSQL (2,704 bytes)."""
SURELY_FITS = LONGEST_TEXT // 4
"""Characters that are no more bytes than that, whatever they are: UTF-8 takes four for one at most."""

LARGEST_SEQUENCE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record and what was understood of it.

    envelope: None where the headers are no envelope.
    received: what a handler gets; None where it is invalid, or of a type that is skipped.
    errors: why it is invalid.
    subject: the envelope's, or a stand-in that no other record has.
    """

    record: Record
    subject: str
    envelope: Envelope | None = None
    received: Received[Any] | None = None
    errors: list[FieldError] = field(default_factory=list)

    @property
    def cause(self) -> Envelope:
        """The envelope, or a stand-in with an id that a redelivery has too."""
        if self.envelope is not None:
            return self.envelope
        return Envelope(
            # With the time: a topic that was made anew has its places a second time.
            id=f"{self.record.topic}/{self.record.partition}/{self.record.offset}/{self.record.timestamp}",
            source="kafka",
            type="unreadable",
            subject=self.subject,
            time=datetime.fromtimestamp(self.record.timestamp / 1000, UTC),
        )

    @property
    def skipped(self) -> bool:
        """Whether it is of a type that nobody here handles, and that is as it should be."""
        return self.received is None and not self.errors

    @property
    def order_key(self) -> str:
        """Records with the same one must stay in order."""
        if self.envelope is not None and self.envelope.partition_key is not None:
            return self.envelope.partition_key
        return (self.record.key or b"").decode(errors="replace")


def read(record: Record, reading: Reading) -> Incoming:
    """Read a record. Nothing is raised: what is wrong is in ``errors``."""
    stand_in = f"?{record.partition}/{record.offset}"
    try:
        envelope = decode_headers((name, value) for name, value in record.headers if value is not None)
    except EnvelopeError as error:
        # The reason may quote a wrong version; the field says enough there.
        reason = "is not 1.0" if error.field == "ce_specversion" else error.reason
        return Incoming(record, stand_in, errors=[FieldError(f"headers.{error.field}", "envelope", reason)])
    if errors := [*_envelope_errors(envelope, sequenced=reading.sequenced), *_key_errors(record.key)]:
        return Incoming(record, stand_in, errors=errors)
    only_rolls = reading.sequenced and record.value is None and envelope.subject.startswith(FILLER)
    way = None if only_rolls else reading.way(envelope.type)
    if way is None:
        unknown = [FieldError("headers.ce_type", "unknown-type", "is none of the types of this topic")]
        skipped = only_rolls or envelope.type in reading.known
        return Incoming(record, envelope.subject, envelope, errors=[] if skipped else unknown)
    # A handler sees the type that it knows; the record keeps the one that came.
    shown = replace(envelope, type=way[-1].new.message_type) if way else envelope
    if record.value is None:
        return Incoming(record, envelope.subject, envelope, Received(shown, None, record))
    try:
        body = _body(record.value, way) if way else parse(reading.classes[envelope.type], record.value)
    except InvalidBodyError as error:
        return Incoming(record, envelope.subject, envelope, errors=error.errors)
    return Incoming(record, envelope.subject, envelope, Received(shown, body, record))


def _body(value: bytes, way: Sequence[Upcast]) -> Message:
    """Read a body of an earlier major and make it the present one. Raises InvalidBodyError."""
    body = parse(way[0].old, value)
    for upcast in way:
        try:
            body = upcast.convert(body)
        except Exception as error:
            kind = upcast.new.message_type
            raise InvalidBodyError([FieldError("", "upcast", f"cannot be made a {kind}")]) from error
    return body


def in_order(items: Sequence[Incoming]) -> list[Incoming]:
    """Sort by order key, each key's records in the order they came.

    Kafka promises no order between keys, and locks taken in one order over all batches rarely deadlock.
    """
    return sorted(items, key=lambda item: item.order_key)


def _envelope_errors(envelope: Envelope, *, sequenced: bool) -> Iterator[FieldError]:
    for name, text in (
        ("ce_id", envelope.id),
        ("ce_source", envelope.source),
        ("ce_type", envelope.type),
        ("ce_subject", envelope.subject),
        ("ce_correlationid", envelope.correlation_id),
        ("ce_causationid", envelope.causation_id),
        ("ce_partitionkey", envelope.partition_key),
        ("ce_traceparent", envelope.traceparent),
    ):
        if text is not None and len(text) > SURELY_FITS and len(text.encode()) > LONGEST_TEXT:
            yield FieldError(f"headers.{name}", "too_long", f"has more than {LONGEST_TEXT} bytes")
    if sequenced and envelope.sequence is None:
        yield FieldError("headers.ce_sequence", "missing", "is missing")
    if envelope.sequence is not None and envelope.sequence > LARGEST_SEQUENCE:
        yield FieldError("headers.ce_sequence", "too_large", f"is more than {LARGEST_SEQUENCE}")


def _key_errors(key: bytes | None) -> Iterator[FieldError]:
    if key is None:
        return
    try:
        text = key.decode()
    except UnicodeDecodeError:
        yield FieldError("key", "encoding", "is not UTF-8")
        return
    if "\x00" in text:
        yield FieldError("key", "nul-character", "holds a NUL character")
    if len(key) > LONGEST_TEXT:
        yield FieldError("key", "too_long", f"has more than {LONGEST_TEXT} bytes")
