"""Messages of earlier majors, read by who knows a later one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest

from chassis.reading.decoding import Incoming, read
from chassis.reading.subscriptions import Dedupe, Reading, Record, Subscription
from contracts.envelope import Envelope, Message, Upcast, encode_headers

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


class SizeV1(Message):
    message_type: ClassVar[str] = "size.v1"
    size: int


class SizeV2(Message):
    message_type: ClassVar[str] = "size.v2"
    width: int
    height: int


class SizeV3(Message):
    message_type: ClassVar[str] = "size.v3"
    area: int


def squared(old: SizeV1) -> SizeV2:
    if old.size < 0:
        raise ValueError("a text with a secret")
    return SizeV2(width=old.size, height=old.size)


UPCASTS = (
    Upcast(SizeV1, SizeV2, squared),
    Upcast(SizeV2, SizeV3, lambda old: SizeV3(area=old.width * old.height)),
)


def came(kind: str, value: bytes | None, reading: Reading) -> Incoming:
    envelope = Envelope("id", "/test", kind, "subject", NOON, sequence=4)
    return read(Record("topic", 1, 2, 0, b"k", encode_headers(envelope), value), reading)


async def _nothing(*_: object) -> None:
    return


def reading(*classes: type[Message], known: frozenset[str] = frozenset()) -> Reading:
    return Subscription("topic", dict.fromkeys(classes, _nothing), Dedupe.SEQUENCE, known=known).reading(UPCASTS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("size.v1", b'{"size": 3}'), ("size.v2", b'{"width": 1, "height": 9}'), ("size.v3", b'{"area": 9}')],
)
def test_every_major_reaches_the_handler_as_the_one_it_knows(kind: str, value: bytes) -> None:
    """Over as many upcasts as it takes; the record stays as it came, so that a dead letter names what was sent."""
    incoming = came(kind, value, reading(SizeV3))
    assert incoming.received is not None
    assert incoming.received.body == SizeV3(area=9)
    assert incoming.received.envelope.type == "size.v3"
    assert (incoming.cause.type, incoming.received.raw.value) == (kind, value)


def test_a_tombstone_of_an_earlier_major_erases_too() -> None:
    """It reaches the handler as one of the type that it knows."""
    incoming = came("size.v1", None, reading(SizeV3))
    assert incoming.received is not None
    assert incoming.received.is_tombstone
    assert incoming.received.envelope.type == "size.v3"


def test_a_later_major_is_unknown() -> None:
    """Nothing is guessed of what is newer than the reader: it is refused by type, and holds its subject up."""
    incoming = came("size.v3", b'{"area": 9}', reading(SizeV1))
    assert [(error.path, error.code) for error in incoming.errors] == [("headers.ce_type", "unknown-type")]
    assert incoming.subject == "subject"


def test_an_upcast_goes_before_a_type_that_is_skipped() -> None:
    """The earlier major of what is handled is not among the topic's other types, though the registry lists it."""
    handled = came("size.v1", b'{"size": 3}', reading(SizeV3, known=frozenset({"size.v1", "size.v2"})))
    assert handled.received is not None
    skipped = came("size.v1", b'{"size": 3}', reading(known=frozenset({"size.v1"})))
    assert (skipped.received, skipped.errors) == (None, [])


def test_upcasts_that_lead_in_a_circle_lead_nowhere() -> None:
    """A mistake in the registry hangs no reader."""
    circle = {
        "size.v1": Upcast(SizeV1, SizeV2, squared),
        "size.v2": Upcast(SizeV2, SizeV1, lambda old: SizeV1(size=old.width)),
    }
    assert came("size.v1", b'{"size": 3}', Reading({}, upcasts=circle)).errors


@pytest.mark.parametrize("value", [b"{}", b'{"size": "x"}', b'{"size": -1}'])
def test_what_cannot_be_upcast_is_invalid(value: bytes) -> None:
    """By its own fields where the old form is wrong, else as a whole; never with a value."""
    incoming = came("size.v1", value, reading(SizeV3))
    [error] = incoming.errors
    assert (error.path, error.code) in {("size", "missing"), ("size", "int-parsing"), ("", "upcast")}
    assert "secret" not in error.message
