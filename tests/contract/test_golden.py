"""Every message that was ever sent stays readable, and a reader's next minor version does no harm."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chassis.reading.decoding import read
from chassis.reading.subscriptions import Reading, Record
from contracts import golden
from contracts.envelope import Message, decode_headers
from contracts.golden import FOLDER, SUMS, Golden
from contracts.topics import TOPICS
from contracts.upcasts import BY_TYPE, UPCASTS

TYPES: dict[str, type[Message]] = {name: message for topic in TOPICS for name, message in topic.types.items()}
LATEST = {name: message for name, message in TYPES.items() if name not in BY_TYPE}
ALL = golden.all_golden()
READING = Reading(LATEST, upcasts=BY_TYPE)


def record(frozen: Golden, body: Any = None) -> Record:
    value = frozen.value if body is None else json.dumps(body).encode()
    return Record("topic", 0, 0, 0, b"key", frozen.headers, value)


@pytest.mark.parametrize("frozen", ALL, ids=lambda frozen: frozen.name)
def test_a_golden_message_is_read_by_todays_readers(frozen: Golden) -> None:
    """As a service reads it, over the upcasts where there is a later major; nothing that it said is dropped."""
    incoming = read(record(frozen), READING)
    assert incoming.errors == []
    assert incoming.received is not None
    assert decode_headers(frozen.headers).type == frozen.type
    body = incoming.received.body
    assert isinstance(body, LATEST[incoming.received.envelope.type])
    if body.message_type == frozen.type:
        assert contains(json.loads(body.model_dump_json(by_alias=True)), frozen.body)


def contains(whole: Any, part: Any) -> bool:
    """Whether all that ``part`` says is in ``whole``, which may say more."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


def test_every_version_has_golden_messages_and_none_was_changed() -> None:
    """Of each type in the registry the present version is frozen, and what is frozen is as it was."""
    assert golden.problems() == []
    assert {frozen.type for frozen in ALL} >= set(TYPES)


def test_each_major_is_upcast_to_the_next() -> None:
    """No type of a later major is without the way from the one before it, and no golden message's type is forgotten."""
    for name in TYPES:
        family, _, major = name.rpartition(".v")
        if int(major) > 1:
            assert BY_TYPE[f"{family}.v{int(major) - 1}"].new.message_type == name
    assert all(READING.way(frozen.type) is not None for frozen in ALL)
    assert all(upcast.old.message_type != upcast.new.message_type for upcast in UPCASTS)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "golden"))


def test_a_changed_lost_or_unlisted_golden_message_is_found(copied: Path) -> None:
    """Whoever edits what was sent is told so, by name."""
    name = "distribution.list-received.v1"
    (copied / name / "1.json").write_text((copied / name / "1.json").read_text().replace("FL-2026", "FL-2027"))
    (copied / "imdi.request-places.v1" / "1.json").unlink()
    shutil.copy(FOLDER / name / "1.json", copied / name / "99.json")
    found = golden.problems(copied)
    assert f"golden/{name}/1.json: was changed, and never may be: what was sent was sent" in found
    assert "golden/imdi.request-places.v1/1.json: is gone" in found
    assert f"golden/{name}/99.json: is not in {SUMS}" in found


def test_freezing_adds_new_versions_and_touches_nothing_else(copied: Path) -> None:
    """A type without a message of its present shape gets the next numbers; the others' files and sums stay."""
    name = "distribution.treatment-started.v1"
    before = {path: path.read_bytes() for path in copied.glob("*/*.json")}
    assert golden.freeze(copied) == []
    file = copied / name / "1.json"
    document = json.loads(file.read_text()) | {"shape": "of an earlier version"}
    file.write_text(json.dumps(document))
    before[file] = file.read_bytes()
    assert golden.freeze(copied) == [f"{name}/2.json"]
    assert {path: path.read_bytes() for path in before} == before
    assert golden.problems(copied) == [f"golden/{name}/1.json: was changed, and never may be: what was sent was sent"]
    frozen = {one.name: one for one in golden.all_golden(copied)}[f"{name}/2.json"]
    assert frozen.shape == golden.shape(TYPES[name])


def test_another_wording_is_no_new_version() -> None:
    """Only what a schema allows counts; a field called 'description' or 'title' would count too."""

    class Worded(Message):
        """One wording."""

        description: str

    class Otherwise(Message):
        """Another."""

        description: str

    Otherwise.__name__ = "Worded"
    titled = Worded.model_json_schema(), Otherwise.model_json_schema()
    assert golden._shape(titled[0]) == golden._shape(titled[1])
    assert "description" in golden._shape(titled[0])["properties"]


# What a later minor version may bring: docs/decisions/0001-state-topics.md, contracts/compatibility.py.


@pytest.mark.parametrize("frozen", ALL, ids=lambda frozen: frozen.name)
def test_fields_of_a_later_minor_version_are_passed_over(frozen: Golden) -> None:
    """Whatever is added, at any depth and of any form: today's reader reads the same as without it."""
    later = copy.deepcopy(dict(frozen.body))
    added = sum(1 for node in objects(later, schema(frozen)) if node.update(later_field={"a": [1, None]}) is None)
    assert added >= 1
    plain, extended = read(record(frozen), READING), read(record(frozen, later), READING)
    assert extended.errors == []
    assert plain.received is not None
    assert extended.received is not None
    assert extended.received.body == plain.received.body


CODED = [frozen for frozen in ALL if frozen.shape == golden.shape(TYPES[frozen.type])]


@pytest.mark.parametrize("frozen", CODED, ids=lambda frozen: frozen.name)
def test_a_code_of_a_later_minor_version_is_refused_by_its_field(frozen: Golden) -> None:
    """It is never taken for another: the message is told wrong at that field, with its subject, so that it can wait."""
    for change in unknown_codes(frozen):
        incoming = read(record(frozen, change), READING)
        assert [error.code for error in incoming.errors] == ["enum"], incoming.errors
        assert incoming.received is None
        assert incoming.subject == decode_headers(frozen.headers).subject


def test_many_codes_were_tried() -> None:
    """The test above has something to test."""
    assert sum(1 for frozen in CODED for _ in unknown_codes(frozen)) > 30


def schema(frozen: Golden) -> Mapping[str, Any]:
    return (TYPES.get(frozen.type) or BY_TYPE[frozen.type].old).model_json_schema()


def unknown_codes(frozen: Golden) -> Iterator[dict[str, Any]]:
    """Yield the body once for each place with a code, and there one that nobody knows."""
    places = sum(1 for _ in codes(copy.deepcopy(dict(frozen.body)), schema(frozen)))
    for number in range(places):
        body = copy.deepcopy(dict(frozen.body))
        list(codes(body, schema(frozen)))[number]("not-known-yet")
        yield body


def objects(node: Any, whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object of a body whose fields are fixed: not mappings with keys of their own."""
    for _, part, rules in places(node, whole, whole):
        if isinstance(part, dict) and "properties" in rules:
            yield part


def codes(node: Any, whole: Mapping[str, Any]) -> Iterator[Callable[[str], None]]:
    """Yield a setter for every place of a body that holds one of a fixed set of codes."""
    for put, part, rules in places(node, whole, whole):
        if isinstance(part, str) and "enum" in rules and put is not None:
            yield put


def places(
    node: Any, rules: Mapping[str, Any], whole: Mapping[str, Any], put: Callable[[str], None] | None = None
) -> Iterator[tuple[Callable[[str], None] | None, Any, Mapping[str, Any]]]:
    """Walk a body along its schema: how to change each place, what is there, and its rules."""
    if reference := rules.get("$ref"):
        rules = whole["$defs"][re.sub(r".*/", "", reference)]
    for choice in rules.get("anyOf", []):
        if choice.get("type") != "null":
            yield from places(node, choice, whole, put)
    if "anyOf" in rules:
        return
    yield put, node, rules
    if isinstance(node, dict):
        for key, part in list(node.items()):
            if key in rules.get("properties", {}):
                yield from places(part, rules["properties"][key], whole, _setter(node, key))
    elif isinstance(node, list):
        for index, part in enumerate(node):
            yield from places(part, rules.get("items", {}), whole, _setter(node, index))


def _setter(container: Any, key: Any) -> Callable[[str], None]:
    def put(value: str) -> None:
        container[key] = value

    return put
