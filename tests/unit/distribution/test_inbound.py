"""What IMDi's records become, sound or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chassis.reading import decoding
from chassis.reading.subscriptions import Reading, Record
from chassis.validation import FieldError
from contracts.imdi.v1 import ConfirmPlacement, PublishDistributionList
from services.distribution.domain.offer_checks import PersonFields, Surroundings, offer_problems, record_problems
from services.distribution.entrypoints import inbound
from services.distribution.use_cases.publish_list import Incoming
from tests.unit.distribution.samples import AT, LIST, body, incoming, offered, record

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
CLASSES = {message.message_type: message for message in (PublishDistributionList, ConfirmPlacement)}


def read(raw: Record) -> Incoming:
    """Read a record as the chassis and the entrypoint do."""
    item = decoding.read(raw, Reading(CLASSES, sequenced=False))
    if item.errors:
        return inbound.unsound(raw, item.errors)
    assert item.received is not None
    return inbound.sound(item.received)


def raw_record(document: Any, **changes: Any) -> Record:
    value = json.dumps(document).encode()
    return replace(record(body(), key="0301", subject=LIST), **({"value": value} | changes))


def document(**changes: Any) -> dict[str, Any]:
    return json.loads(body().model_dump_json()) | changes


def shape(found: Incoming) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in found.shape]


def without(*names: str) -> Sequence[tuple[str, bytes]]:
    return [(name, value) for name, value in record(body(), key="0301", subject=LIST).headers if name not in names]


@pytest.mark.parametrize("name", ["full", "shortened"])
def test_the_contracts_examples_have_nothing_wrong(name: str) -> None:
    """Not even in the embedded stack, on the day they were made for."""
    told = (EXAMPLES / f"imdi.publish-distribution-list.v1.{name}.json").read_bytes()
    message = PublishDistributionList.model_validate_json(told)
    found = incoming(message)
    assert found.offer is not None
    assert len(found.offer.persons) == len(message.persons)
    around = Surroundings(AT.date(), municipality_known=True, on_open_lists=(), synthetic_only=True)
    assert [*record_problems(found.fields), *offer_problems(found.fields, around)] == []


def test_sound_and_unsound_readings_agree() -> None:
    """The rules see the same of a list whichever way it was read."""
    raw = record(body(), key="0301", subject=LIST)
    assert inbound.unsound(raw, []).fields == read(raw).fields


def test_the_digest_is_of_the_content() -> None:
    """Neither the order of persons nor written-out defaults count; every field does."""
    digest = inbound.digest(body())
    assert inbound.digest(body(persons=list(reversed(body().persons)))) == digest
    written_out = PublishDistributionList.model_validate_json(body().model_dump_json())
    left_out = PublishDistributionList.model_validate_json(body().model_dump_json(exclude_defaults=True))
    assert inbound.digest(written_out) == inbound.digest(left_out) == digest
    others = [
        body("FL-2026-000999"),
        body(number="4601"),
        body(deadline=AT.date()),
        body(persons=[offered(1, needs_note="Trenger heis."), *body().persons[1:]]),
        body(persons=[offered(1, identity={"given_name": "Annet"}), *body().persons[1:]]),
        body(persons=body().persons[:2]),
    ]
    assert len({digest, *map(inbound.digest, others)}) == len(others) + 1


def test_errors_of_form_and_of_rules_come_together() -> None:
    """What can be read beside a mistake is judged too."""
    persons = document()["persons"]
    persons[0]["sex"] = "Marker Navnesen"
    persons[1]["running_number"] = "Marker Navnesen"
    persons[2]["identity"]["protected_address"] = "6"
    found = read(raw_record(document(persons=persons, deadline="2026-01-01"), key=b"4601"))
    assert found.offer is None
    assert shape(found) == [("persons[0].sex", "enum"), ("persons[1].running_number", "int-parsing")]
    assert "Navnesen" not in "".join(problem.message for problem in found.shape)
    around = Surroundings(AT.date(), municipality_known=None, on_open_lists=(), synthetic_only=True)
    rules = [*record_problems(found.fields), *offer_problems(found.fields, around)]
    assert [(problem.path, problem.code) for problem in rules] == [
        ("key", "key-contradicts"),
        ("deadline", "deadline-past"),
        ("persons[2].identity.protected_address", "protected-address"),
    ]


def test_missing_headers_are_told_all_at_once_and_with_the_bodys_errors() -> None:
    """Reading an envelope stops at its first fault; what goes back does not."""
    raw = raw_record(document(list_id="no"), headers=without("ce_id", "ce_source", "ce_time"))
    assert shape(read(raw)) == [
        ("headers.ce_id", "envelope"),
        ("headers.ce_source", "envelope"),
        ("headers.ce_time", "envelope"),
        ("list_id", "string-pattern-mismatch"),
    ]


@pytest.mark.parametrize("value", [b"", b"\xff not json", b"[]", b'"text"', b"17", b"{", b"[" * 100_000, None])
def test_what_is_no_list_is_read_as_nothing(value: bytes | None) -> None:
    """Nothing is raised, whatever comes."""
    found = inbound.unsound(raw_record({}, value=value, key=None), [FieldError("", "json-invalid", "is not JSON")])
    assert found.fields.list_id is None
    assert list(found.fields.persons) == []
    assert found.fields.key is None


@pytest.mark.parametrize(
    "persons", [7, {}, [7, None, [], {}], [{"identity": 7}], [{"identity": {"birth_date": "soon", "duf_number": 7}}]]
)
def test_odd_persons_are_read_as_unknown(persons: Any) -> None:
    """Each keeps its position, so that the others' errors name the right one."""
    fields = inbound.unsound(raw_record(document(persons=persons)), []).fields
    assert set(fields.persons) <= {PersonFields()}
    assert len(fields.persons) == (len(persons) if isinstance(persons, list) else 0)


def test_fields_of_an_unknown_type_are_not_judged() -> None:
    """Only its type is wrong; and a confirmation has no persons to miss."""
    headers = [*without("ce_type"), ("ce_type", b"imdi.something-else.v1")]
    found = read(raw_record({"list_id": LIST, "municipality_number": "9999", "persons": []}, headers=headers))
    assert shape(found) == [("headers.ce_type", "unknown-type")]
    assert (found.fields.list_id, found.fields.municipality_number) == (None, None)
    headers = [*without("ce_type", "ce_id"), ("ce_type", ConfirmPlacement.message_type.encode())]
    found = read(raw_record({"list_id": LIST, "municipality_number": "0301", "placed": [1]}, headers=headers))
    assert shape(found) == [("headers.ce_id", "envelope")]
    assert found.fields.list_id == LIST


def test_a_kept_record_comes_back_as_it_was() -> None:
    """So that a list which waited is read as if it came now."""
    raw = record(body(), key="0301", subject=LIST, offset=7)
    assert inbound.record_of(inbound.original(raw)) == raw
    assert inbound.original(raw).message_id == "id-1"


def test_an_original_does_not_show_itself() -> None:
    """What it holds is not written out where somebody logs it."""
    assert "Merke" not in repr(inbound.original(record(body(), key="0301", subject=LIST)))
