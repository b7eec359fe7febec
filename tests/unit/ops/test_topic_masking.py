"""What of a record is shown: nothing that may be a person's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.generate import FOLDER
from contracts.topics import BY_NAME, TOPICS
from ops.dead_letters.masking import MASK
from ops.topics import masking
from ops.topics.records import Record
from ops.topics.showing import short

EXAMPLES = FOLDER.parent / "examples"
PRIVATE = frozenset(
    (
        *("given_name", "family_name", "birth_date", "birth_year", "sex", "duf_number", "identity_number", "household"),
        *("address", "lines", "postal_code", "city", "protected_address", "nationality", "languages", "category"),
        *("health_note", "needs", "needs_note", "education", "occupation", "earliest_arrival", "reason_text"),
        *("display_name", "user_id", "answered_by", "registered_by", "email", "message", "case_number"),
    )
)


def record(topic: str, kind: str, value: bytes | None, *headers: tuple[str, bytes], key: bytes = b"k-0301") -> Record:
    return Record(topic, 0, 7, datetime(2026, 1, 2, tzinfo=UTC), key, [("ce_type", kind.encode()), *headers], value)


def masked(topic: str, kind: str, body: Any) -> Any:
    return masking.body(record(topic, kind, json.dumps(body).encode()))


def leaves(document: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(document, dict):
        return [found for key, value in document.items() for found in leaves(value, key)]
    if isinstance(document, list):
        return [found for value in document for found in leaves(value, name)]
    return [(name, document)]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_nothing_private_is_shown_of_any_message(topic: Any) -> None:
    """Of every message of every topic, a field that is about a person or somebody's own words is masked."""
    for kind in topic.types:
        for example in EXAMPLES.glob(f"{kind}*.json"):
            shown = masking.body(record(topic.name, kind, example.read_bytes()))
            owned = topic.name.endswith("rejections.v1")  # there, messages are ours: which field, never its value
            for name, value in leaves(shown):
                assert name not in PRIVATE or value == MASK or (owned and name == "message"), (kind, name)


def test_ids_codes_and_counts_are_shown() -> None:
    """Of an event that has nothing but those, everything is shown."""
    body = {"list_id": "FL-2026-000123", "municipality_id": "k-0301", "year": 2026, "accepted": 2, "declined": 1}
    assert masked("distribution.events.v1", "distribution.decisions-saved.v1", body) == body


def test_what_nobody_knows_is_masked() -> None:
    """A field more, a type of somebody else's, a topic of somebody else's, what is no JSON: all masked."""
    body = {"list_id": "FL-2026-000123", "municipality_id": "k-0301", "year": 2026, "Ola Nordmann": "x"}
    shown = masked("distribution.events.v1", "distribution.treatment-started.v1", body)
    assert shown == {"list_id": "FL-2026-000123", "municipality_id": "k-0301", "year": 2026, MASK: MASK}
    assert masked("distribution.events.v1", "somebody.else.v1", body) == MASK
    assert masked("somebody.else.v1", "distribution.treatment-started.v1", body) == MASK
    assert masking.body(record("distribution.events.v1", "distribution.treatment-started.v1", b"Ola")) == MASK


@pytest.mark.parametrize(
    "value",
    ["Ola Nordmann", "15859012345", {"name": "Ola"}, ["Ola"], 3.5],
    ids=["name", "number", "object", "list", "float"],
)
def test_a_value_without_its_fields_form_is_masked(value: Any) -> None:
    """A sender that puts a name or an identity number where a list's id belongs does not have it shown."""
    body = {"list_id": value, "municipality_number": "0301", "reason": "offered_elsewhere"}
    shown = masked("imdi.distribution-lists.v1", "imdi.withdraw-list.v1", body)
    assert shown == {"list_id": MASK, "municipality_number": "0301", "reason": "offered_elsewhere"}


def test_not_even_an_absence_is_told_of_a_person() -> None:
    """That somebody has no needs, no note and how many languages is masked as what they are would be."""
    kind = "imdi.publish-distribution-list.v1"
    shown = masking.body(record("imdi.distribution-lists.v1", kind, (EXAMPLES / f"{kind}.full.json").read_bytes()))
    assert {shown["persons"][0][name] for name in ("needs", "needs_note", "languages", "occupation")} == {MASK}


@pytest.mark.parametrize("text", ["15859012345", "201812345601", "Ola Nordmann", "kari@oslo.example\n"])
def test_a_key_or_subject_that_may_be_a_persons_is_masked(text: str) -> None:
    """Keys and subjects of foreign senders are shown only where they have the form of an id."""
    strange = record("imdi.requests.v1", "x", b"{}", ("ce_subject", text.encode()), ("name", b"Ola"), key=text.encode())
    assert masking.identity(strange.key_text) == MASK
    assert masking.headers(strange) == {"ce_type": "x", "ce_subject": MASK, "name": MASK}


@pytest.mark.parametrize(
    "text",
    ["k-0301", "FL-2026-000123/2", "3f6f0d1e-7c1b-4f0a-9f55-012345678901", "distribution.list-received.v1:FL-1:1"],
)
def test_an_id_of_ours_is_shown(text: str) -> None:
    """Ids with a form of ours are what an operator searches by."""
    assert masking.identity(text) == text


def test_a_part_that_is_masked_all_through_is_one_mask() -> None:
    """On a terminal, a person's part is one mask instead of twenty, and a line says what is left."""
    kind = "imdi.publish-distribution-list.v1"
    value = (EXAMPLES / f"{kind}.shortened.json").read_bytes()
    line = short(masking.folded(masking.body(record("imdi.distribution-lists.v1", kind, value))))
    assert line.endswith("persons [{running_number 1  •••}]")
    assert line.startswith("list_id FL-2026-000124  municipality_number 0301")


def test_every_topic_is_known_to_be_masked() -> None:
    """A tombstone has no body, whatever its topic."""
    assert {masking.body(record(name, "x", None)) for name in BY_NAME} == {None}
