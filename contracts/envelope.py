"""CloudEvents 1.0 in Kafka's binary mode: the envelope travels in ``ce_*`` headers, the body is JSON.

Source of the form: CloudEvents 1.0 with its Kafka protocol binding (binary content mode) and the
``sequence``, ``partitionkey`` and ``traceparent`` extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SEQUENCE_DIGITS = 19
"""Width of ``ce_sequence`` on the wire: zero padded, so that text order is number order."""

EPOCH = 10**12
"""A sequence is ``epoch * EPOCH + version``: raising the epoch after a restore puts all new versions above old ones."""

FILLER = "~roll/"
"""How key and subject of a record begin that says nothing: a tombstone that has the broker close a segment. Skip it."""

Headers = Iterable[tuple[str, bytes]]

_REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time")
_OPTIONAL = ("ce_sequence", "ce_correlationid", "ce_causationid", "ce_partitionkey", "ce_traceparent", "ce_republished")
_ENVELOPE = frozenset((*_REQUIRED, *_OPTIONAL, "ce_origintime"))


class EnvelopeError(ValueError):
    """A record's headers are not a CloudEvents envelope we know; ``field`` names the header."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Message(BaseModel):
    """A message body. Readers ignore fields they do not know, so that a minor version may add some.

    ``message_type`` is the CloudEvents type with the major version, e.g. ``distribution.list-received.v1``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_enum_values=False, hide_input_in_errors=True)
    message_type: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Upcast:
    """How a message of one major version is read as one of the next: ``convert`` makes the new body of the old.

    Pure, and for every old body that was ever valid; what the old one lacks gets the meaning that its time gave it.
    """

    old: type[Message]
    new: type[Message]
    convert: Callable[[Any], Message]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message without reading its body.

    id: unique per source; a repeat of the same message has the same id.
    source: who sent it, e.g. ``/fordeling/distribution`` or ``/imdi``.
    type: message type with major version.
    subject: id of the aggregate or entity it is about.
    time: when it happened, aware.
    sequence: the aggregate's version after it (epoch folded in), or None where the sender has none.
    partition_key: what the partition is computed from, where that is not the record's key.
    origin: when the first of the messages from which it follows was made: IMDi's publishing, a caseworker's command;
        None for one that follows from none.
    republished: told again as it stands, because a reader may have lost it: taken also where the sequence is the last
        seen (docs/decisions/0009-republish-and-rebuild.md).
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    partition_key: str | None = None
    traceparent: str | None = None
    republished: bool = False
    origin: datetime | None = None


def encode_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Kafka headers for an envelope, in a fixed order."""
    return [(name, text.encode()) for name, text in header_texts(envelope).items()]


def header_texts(envelope: Envelope) -> dict[str, str]:
    """Tell the same headers as text."""
    sequence = None if envelope.sequence is None else f"{envelope.sequence:0{SEQUENCE_DIGITS}d}"
    optional = (
        ("ce_sequence", sequence),
        ("ce_correlationid", envelope.correlation_id),
        ("ce_causationid", envelope.causation_id),
        ("ce_partitionkey", envelope.partition_key),
        ("ce_traceparent", envelope.traceparent),
        ("ce_republished", "true" if envelope.republished else None),
        ("ce_origintime", envelope.origin.isoformat() if envelope.origin else None),
    )
    return {
        "ce_specversion": SPEC_VERSION,
        "ce_id": envelope.id,
        "ce_source": envelope.source,
        "ce_type": envelope.type,
        "ce_subject": envelope.subject,
        "ce_time": envelope.time.isoformat(),
        "content-type": CONTENT_TYPE,
        **{name: text for name, text in optional if text is not None},
    }


def decode_headers(headers: Headers) -> Envelope:
    """Read the envelope in a record's headers. Raises EnvelopeError naming a header that is missing or wrong."""
    texts = _texts(headers)
    if (spec := texts.get("ce_specversion")) and spec != SPEC_VERSION:
        raise EnvelopeError("ce_specversion", f"is {spec!r}, expected {SPEC_VERSION!r}")
    for name in _REQUIRED:
        if not texts.get(name):
            raise EnvelopeError(name, "is missing")
    return Envelope(
        id=texts["ce_id"],
        source=texts["ce_source"],
        type=texts["ce_type"],
        subject=texts["ce_subject"],
        time=_time(texts["ce_time"], "ce_time"),
        sequence=_sequence(texts.get("ce_sequence")),
        correlation_id=texts.get("ce_correlationid"),
        causation_id=texts.get("ce_causationid"),
        partition_key=texts.get("ce_partitionkey"),
        traceparent=texts.get("ce_traceparent"),
        republished=texts.get("ce_republished") == "true",
        origin=_time(texts["ce_origintime"], "ce_origintime") if "ce_origintime" in texts else None,
    )


def _texts(headers: Headers) -> Mapping[str, str]:
    """Read the headers that are the envelope's, in one go: this is done for every record."""
    texts: dict[str, str] = {}
    for name, value in headers:
        if name in _ENVELOPE:
            try:
                text = value.decode()
            except UnicodeDecodeError as error:
                raise EnvelopeError(name, "is not UTF-8") from error
            if "\x00" in text:
                raise EnvelopeError(name, "holds a NUL character")
            texts[name] = text
    return texts


def _time(text: str, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise EnvelopeError(name, "is not an RFC 3339 time") from error
    if time.tzinfo is None:
        raise EnvelopeError(name, "has no offset from UTC")
    return time


def _sequence(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= SEQUENCE_DIGITS):
        raise EnvelopeError("ce_sequence", f"is not a number of at most {SEQUENCE_DIGITS} digits")
    return int(text)
