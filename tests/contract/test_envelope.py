"""The CloudEvents envelope on the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from contracts.envelope import EPOCH, Envelope, EnvelopeError, decode_headers, encode_headers

WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=30)
ENVELOPES = st.builds(
    Envelope,
    id=WORDS,
    source=WORDS,
    type=WORDS,
    subject=WORDS,
    time=st.datetimes(timezones=st.just(UTC)),
    sequence=st.none() | st.integers(0, 9 * EPOCH),
    correlation_id=st.none() | WORDS,
    causation_id=st.none() | WORDS,
    partition_key=st.none() | WORDS,
    traceparent=st.none() | WORDS,
)
HEADERS = dict(encode_headers(Envelope("1", "/imdi", "t.v1", "s", datetime(2026, 11, 24, tzinfo=UTC), sequence=7)))


@given(ENVELOPES)
def test_an_envelope_survives_the_wire(envelope: Envelope) -> None:
    """What is encoded in headers is decoded the same."""
    assert decode_headers(encode_headers(envelope)) == envelope


@given(st.integers(0, 9 * EPOCH), st.integers(0, 9 * EPOCH))
def test_sequences_compare_alike_as_text_and_as_number(one: int, other: int) -> None:
    """Zero padding keeps the order, as the CloudEvents extension asks."""
    time = datetime(2026, 1, 1, tzinfo=UTC)
    text = [dict(encode_headers(Envelope("1", "s", "t", "x", time, sequence=n)))["ce_sequence"] for n in (one, other)]
    assert (text[0] < text[1]) == (one < other)


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"])
def test_a_missing_header_is_named(name: str) -> None:
    """The error says which header is missing."""
    with pytest.raises(EnvelopeError) as error:
        decode_headers([(key, value) for key, value in HEADERS.items() if key != name])
    assert error.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"\xff"),
        ("ce_subject", b"a\x00b"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-11-24T09:00:00"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"1e3"),
        ("ce_sequence", b"9" * 20),
    ],
)
def test_a_wrong_header_is_named(name: str, value: bytes) -> None:
    """The error says which header is wrong."""
    with pytest.raises(EnvelopeError) as error:
        decode_headers({**HEADERS, name: value}.items())
    assert error.value.field == name
