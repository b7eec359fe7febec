"""What sends IMDi's request back, and how a record is read for it."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chassis.reading.subscriptions import Record
from chassis.validation import FieldError
from services.municipality.domain.requests import Problem, RequestFields, problems
from services.municipality.entrypoints.requests import unsound

TODAY = date(2026, 11, 24)
SOUND = RequestFields("0301", "0301", 2027, date(2026, 12, 15))


def codes(fields: RequestFields, *, known: bool = True) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(fields, known=known, today=TODAY)]


def test_a_sound_request_has_no_problem() -> None:
    """Today is not past, and this year to the next two may be asked for."""
    assert codes(SOUND) == []
    for year in (2026, 2028):
        assert codes(RequestFields("0301", "0301", year, TODAY)) == []


@pytest.mark.parametrize(
    ("fields", "known", "expected"),
    [
        (SOUND, False, [("municipality_number", "unknown-municipality")]),
        (RequestFields("4601", "0301", 2027, TODAY), True, [("municipality_number", "key-contradicts")]),
        (RequestFields(None, "0301", 2027, TODAY), True, [("municipality_number", "key-contradicts")]),
        (RequestFields("0301", "0301", 2025, TODAY), True, [("year", "year-out-of-range")]),
        (RequestFields("0301", "0301", 2029, TODAY), True, [("year", "year-out-of-range")]),
        (RequestFields("0301", "0301", 2027, date(2026, 11, 23)), True, [("answer_by", "date-past")]),
    ],
)
def test_each_rule_names_its_field(fields: RequestFields, known: bool, expected: list[tuple[str, str]]) -> None:
    """A problem says where it is and what rule it breaks."""
    assert codes(fields, known=known) == expected


def test_all_problems_are_told_at_once() -> None:
    """IMDi mends a message once, not field by field."""
    fields = RequestFields("4601", "9999", 2031, date(2020, 1, 1))
    assert [path for path, _ in codes(fields, known=False)] == [
        "municipality_number", "municipality_number", "year", "answer_by",
    ]  # fmt: skip


def record(body: object, **changes: object) -> Record:
    value = json.dumps(body).encode()
    whole = {"topic": "t", "partition": 2, "offset": 7, "timestamp": 1, "key": b"0301", "value": value, "headers": []}
    return Record(**(whole | changes))  # type: ignore[arg-type]


def test_a_broken_body_is_read_as_far_as_it_can_be() -> None:
    """The fields that are right are judged too; those that are wrong keep to the shape's own problem."""
    body = {"municipality_number": "0301", "year": 2031, "ordinary_places": -1, "answer_by": "soon"}
    error = FieldError("ordinary_places", "greater-than-equal", "is too small")
    incoming = unsound(record(body), [error])
    assert incoming.fields == RequestFields("0301", "0301", 2031, None)
    assert incoming.shape == [Problem("ordinary_places", "greater-than-equal", "is too small")]
    assert incoming.request is None


@pytest.mark.parametrize("value", [b"", b"[]", b"not json", b"\xff", b"[" * 100_000, None])
def test_what_is_no_object_has_no_fields(value: bytes | None) -> None:
    """Whatever bytes come, they are read without failing."""
    error = FieldError("", "json-invalid", "is not JSON")
    assert unsound(record(None, value=value), [error]).fields == RequestFields("0301", None, None, None)


def test_a_message_of_another_type_is_not_judged_as_a_request() -> None:
    """Then only its type is wrong."""
    body = {"municipality_number": "9999", "year": 2031}
    error = FieldError("headers.ce_type", "unknown-type", "is none of the types of this topic")
    assert unsound(record(body), [error]).fields == RequestFields("0301", None, None, None)


def test_the_original_is_kept_whole() -> None:
    """Its id is read where there is one, whatever the bytes."""
    headers = [("ce_id", b"a\x00\xff"), ("x", b"\xff")]
    original = unsound(record({}, headers=headers, key=b"\xfe"), []).original
    assert (original.topic, original.partition, original.offset, original.key) == ("t", 2, 7, b"\xfe")
    assert original.headers == headers
    assert original.message_id == "a�"
