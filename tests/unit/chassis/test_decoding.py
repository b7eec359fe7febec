from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from chassis.reading.decoding import in_order, read
from chassis.reading.subscriptions import Reading, Record
from contracts.envelope import Envelope, Message, encode_headers

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ENVELOPE = Envelope("id", "/test", "thing.v1", "subject", NOON, sequence=4)


class Thing(Message):
    message_type: ClassVar[str] = "thing.v1"
    size: int


def record(envelope: Envelope = ENVELOPE, value: bytes | None = b'{"size": 1}', key: bytes | None = b"k") -> Record:
    return Record("topic", 1, 2, 1_767_355_200_000, key, encode_headers(envelope), value)


def codes(each: Record, *, sequenced: bool = True) -> list[tuple[str, str]]:
    incoming = read(each, Reading({"thing.v1": Thing}, frozenset({"known.v1"}), sequenced=sequenced))
    assert bool(incoming.errors) == (incoming.received is None)
    return [(error.path, error.code) for error in incoming.errors]


def test_a_sound_record_is_read_whole() -> None:
    """Envelope, body and the record itself."""
    incoming = read(record(), Reading({"thing.v1": Thing}))
    assert incoming.received is not None
    assert (incoming.received.envelope, incoming.received.body) == (ENVELOPE, Thing(size=1))
    assert incoming.subject == "subject"
    assert not incoming.received.is_tombstone


def test_a_tombstone_has_no_body() -> None:
    """And is no error."""
    incoming = read(record(value=None), Reading({"thing.v1": Thing}))
    assert incoming.received is not None
    assert incoming.received.is_tombstone
    assert incoming.received.body is None


def test_a_record_that_only_closes_a_segment_is_skipped() -> None:
    """A tombstone under such a name; by whom messages are known by id, as what comes from outside, it is not."""
    rolls = record(replace(ENVELOPE, subject="~roll/3"), value=None, key=b"~roll/3")
    incoming = read(rolls, Reading({"thing.v1": Thing}))
    assert (incoming.received, incoming.errors, incoming.subject) == (None, [], "~roll/3")
    assert read(rolls, Reading({"thing.v1": Thing}, sequenced=False)).received is not None
    assert read(replace(rolls, value=b'{"size": 1}'), Reading({"thing.v1": Thing})).received is not None


def test_a_known_type_is_neither_received_nor_wrong() -> None:
    """It is skipped."""
    incoming = read(record(replace(ENVELOPE, type="known.v1")), Reading({"thing.v1": Thing}, frozenset({"known.v1"})))
    assert incoming.received is None
    assert not incoming.errors
    assert incoming.envelope is not None


@pytest.mark.parametrize(
    ("envelope", "expected"),
    [
        (replace(ENVELOPE, type="other.v1"), [("headers.ce_type", "unknown-type")]),
        (replace(ENVELOPE, sequence=None), [("headers.ce_sequence", "missing")]),
        (replace(ENVELOPE, sequence=2**63), [("headers.ce_sequence", "too_large")]),
        (replace(ENVELOPE, subject="ø" * 251), [("headers.ce_subject", "too_long")]),
        (
            replace(ENVELOPE, id="x" * 501, source="y" * 501),
            [("headers.ce_id", "too_long"), ("headers.ce_source", "too_long")],
        ),
    ],
)
def test_an_envelope_that_could_not_be_stored_is_invalid(envelope: Envelope, expected: list[tuple[str, str]]) -> None:
    """Before anything of it reaches an index of PostgreSQL."""
    assert codes(record(envelope)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, []),
        (b"\xff", [("key", "encoding")]),
        (b"a\x00", [("key", "nul-character")]),
        (b"x" * 501, [("key", "too_long")]),
    ],
)
def test_a_key_must_be_text(key: bytes | None, expected: list[tuple[str, str]]) -> None:
    """Or absent."""
    assert codes(record(key=key)) == expected


def test_a_sequence_is_asked_for_only_where_it_counts() -> None:
    """Senders outside have none."""
    assert codes(record(replace(ENVELOPE, sequence=None)), sequenced=False) == []


def test_headers_without_value_and_doubled_ones_do_no_harm() -> None:
    """Foreign clients can send both."""
    odd = replace(record(), headers=[("x", None), ("x", b"\xff"), *encode_headers(ENVELOPE)])  # type: ignore[list-item]
    assert codes(odd) == []


def test_an_unreadable_record_stands_for_itself() -> None:
    """Its stand-in subject and id are its place on the topic, and its time: nobody is held up, a repeat is known."""
    incoming = read(replace(record(), headers=[]), Reading({}, sequenced=False))
    assert incoming.subject == "?1/2"
    assert incoming.cause.id == f"topic/1/2/{record().timestamp}"
    assert incoming.cause.time == datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_records_are_sorted_by_key_and_each_keys_stay_in_order() -> None:
    """The partition key where there is one: a whole and its parts keep their order."""
    made = [
        record(replace(ENVELOPE, id=identity, partition_key=partition_key), key=key)
        for identity, partition_key, key in [
            ("1", None, b"b"),
            ("2", "a", b"a/1"),
            ("3", None, b"b"),
            ("4", "a", b"a"),
            ("5", None, None),
            ("6", "a", b"a/0"),
        ]
    ]
    items = [read(each, Reading({"thing.v1": Thing})) for each in made]
    assert [item.cause.id for item in in_order(items)] == ["5", "2", "4", "6", "1", "3"]
