"""Messages, examples and schemas agree, and a broken major is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.compatibility import incompatibilities
from contracts.distribution.v1 import ApproveList, Decision, ListReceived
from contracts.envelope import Message
from contracts.generate import FOLDER, documents, problems, write
from contracts.topics import BY_NAME, TOPICS, Kind

EXAMPLES = sorted((FOLDER.parent / "examples").glob("*.json"))
TYPES: dict[str, type[Message]] = {name: message for topic in TOPICS for name, message in topic.types.items()}


def type_of(example: Path) -> str:
    return next(name for name in TYPES if example.name.startswith(f"{name}."))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid_by_model_and_by_schema_and_survives_a_round_trip(example: Path) -> None:
    """Every example holds by the model and by the committed JSON Schema, and comes back the same."""
    body = json.loads(example.read_text())
    name = type_of(example)
    Draft202012Validator(json.loads((FOLDER / f"{name}.json").read_text())).validate(body)
    message = TYPES[name].model_validate(body)
    assert TYPES[name].model_validate_json(message.model_dump_json()) == message


def test_every_message_has_an_example() -> None:
    """No message type is without an example."""
    assert {type_of(path) for path in EXAMPLES} == set(TYPES)


def test_the_committed_schemas_are_those_of_the_models() -> None:
    """Whoever changes a model regenerates the schemas, so that the change is reviewed."""
    assert problems() == []
    assert {path.name for path in FOLDER.glob("*.json")} == set(documents())


def test_type_names_are_unique_and_carry_their_major() -> None:
    """One type name is one class, and ends with its major version."""
    classes = [message for topic in TOPICS for message in topic.messages]
    assert len({m.message_type for m in classes}) == len(set(classes))
    assert all(name.endswith(".v1") for name in TYPES)


Change = Callable[[dict[str, Any]], object]

REFUSED: dict[str, Change] = {
    "a property is gone": lambda s: s["properties"].pop("deadline"),
    "a property is required now": lambda s: (
        s["properties"].update(note={"type": "string"}),
        s["required"].append("note"),
    ),
    "a type changed": lambda s: s["properties"]["year"].update(type="string"),
    "a code is gone": lambda s: s["$defs"]["PlaceKind"]["enum"].pop(),
    "a limit is narrower": lambda s: s["properties"]["year"].update(maximum=2050),
    "a pattern changed": lambda s: s["properties"]["list_id"].update(pattern="^X$"),
    "a nested property is gone": lambda s: s["$defs"]["PersonPlace"]["properties"].pop("place_kind"),
}
ALLOWED: dict[str, Change] = {
    "an optional property more": lambda s: s["properties"].update(note={"type": "string", "default": ""}),
    "a code more": lambda s: s["$defs"]["PlaceKind"]["enum"].append("student"),
    "a wider limit": lambda s: s["properties"]["year"].update(maximum=2200),
    "another wording": lambda s: s.update(description="otherwise said"),
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_breaking_change_is_refused(change: Change) -> None:
    """What an old or a new reader could not read is named as incompatible."""
    old = ListReceived.model_json_schema()
    new = copy.deepcopy(old)
    change(new)
    assert incompatibilities(old, new)


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_harmless_change_is_allowed(change: Change) -> None:
    """A minor version may add what old readers pass over."""
    old = ListReceived.model_json_schema()
    new = copy.deepcopy(old)
    change(new)
    assert incompatibilities(old, new) == []


def test_generating_over_a_broken_major_writes_nothing(tmp_path: Path) -> None:
    """The generator refuses to overwrite a committed schema that the models no longer honour."""
    name = "distribution.list-received.v1.json"
    schema = documents()[name]
    schema["properties"]["colour"] = {"type": "string"}
    (tmp_path / name).write_text(json.dumps(schema))
    assert write(tmp_path) == [f"{name}: colour: is gone"]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "decision",
    [
        {"running_number": 1, "accept": False},
        {"running_number": 1, "accept": False, "reason": "other"},
        {"running_number": 1, "accept": False, "reason": "other", "reason_text": "  "},
        {"running_number": 1, "accept": True, "reason": "security"},
        {"running_number": 1, "accept": False, "reason": "nationality"},
    ],
)
def test_a_decision_without_its_reason_cannot_be_approved(decision: dict[str, Any]) -> None:
    """A decline has a reason of the known codes, 'other' has words, an accepted person has none (domain §4)."""
    with pytest.raises(ValidationError):
        Decision.model_validate(decision)


def test_an_error_of_a_message_does_not_repeat_its_input() -> None:
    """A validation error's text never holds what was sent: it may be about a person."""
    with pytest.raises(ValidationError) as error:
        ApproveList.model_validate({"list_id": "marker ølsnes", "decisions": []})
    assert "ølsnes" not in str(error.value)


def test_unknown_fields_are_passed_over() -> None:
    """A reader of this version reads a later minor version."""
    body = json.loads((FOLDER.parent / "examples" / "distribution.list-received.v1.json").read_text())
    assert ListReceived.model_validate({**body, "later": 1}) == ListReceived.model_validate(body)


def test_topics_are_named_by_their_owner_and_kind() -> None:
    """A name says the owner and the major, and only state topics are compacted."""
    assert len(BY_NAME) == len(TOPICS)
    for topic in TOPICS:
        assert topic.name.startswith(f"{topic.owner}.")
        assert topic.name.endswith(".v1")
        assert (topic.config["cleanup.policy"] == "compact") == (topic.kind is Kind.STATE)


PERSONAL = {
    "given_name", "family_name", "birth_date", "duf_number", "identity_number", "address", "reason_text", "message",
    "needs_note", "occupation", "display_name", "name", "email", "nationality", "languages", "birth_year", "sex",
}  # fmt: skip


def test_events_hold_no_word_about_a_person() -> None:
    """No field of any message on an events topic can hold a name, a number, an address or free text on a person."""
    for topic in TOPICS:
        if topic.kind is Kind.EVENTS:
            for message in topic.messages:
                schema = message.model_json_schema()
                fields = set(schema["properties"])
                for part in schema.get("$defs", {}).values():
                    fields |= set(part.get("properties", {}))
                assert not fields & PERSONAL, message.message_type
