"""Every command and every message of IMDi's at the edges: taken as it is, or refused by field, never anything else.

The cases are put into each leaf of each example, so that a new message is tried as the others are.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chassis.validation import InvalidBodyError, parse
from contracts.envelope import Message
from contracts.topics import TOPICS
from tests.contract.test_messages import EXAMPLES, TYPES, type_of

INBOUND = {
    name
    for topic in TOPICS
    if topic.name.startswith("imdi.") or topic.name.endswith(".commands.v1")
    for name in topic.types
}
ASKED = [path for path in EXAMPLES if type_of(path) in INBOUND]
EACH = pytest.mark.parametrize("example", ASKED, ids=lambda path: path.stem)

ONLY_COMPARED = {"expected_version", "notice_ids", "household"}
"""Compared with what is there and never kept: what is far too large is only another."""

Place = tuple[int | str, ...]


@cache
def body_of(example: Path) -> Any:
    return json.loads(example.read_text())


def model_of(example: Path) -> type[Message]:
    return TYPES[type_of(example)]


def leaves(node: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    if isinstance(node, dict):
        for name, part in node.items():
            yield from leaves(part, (*place, name))
    elif isinstance(node, list):
        for index, part in enumerate(node):
            yield from leaves(part, (*place, index))
    else:
        yield place, node


def changed(example: Path, place: Place, value: Any) -> Any:
    body = copy.deepcopy(body_of(example))
    inner = body
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return body


def errors(example: Path, value: bytes) -> list[str]:
    """Give the paths of what is wrong; empty where it is taken. Anything else that is raised fails the test."""
    try:
        parse(model_of(example), value)
    except InvalidBodyError as error:
        found = [one.path for one in error.errors]
    else:
        return []
    assert found
    return found


def path_of(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def texts(example: Path) -> list[Place]:
    return [place for place, value in leaves(body_of(example)) if isinstance(value, str)]


@EACH
def test_no_text_has_a_nul(example: Path) -> None:
    """It is named by its field, wherever it is: PostgreSQL could not keep it."""
    for place in texts(example):
        assert errors(example, json.dumps(changed(example, place, "a\x00b")).encode()) == [path_of(place)]


@EACH
@pytest.mark.parametrize("text", [rb"\ud800", rb"a\udfffb", b"\xff", b"\xed\xa0\x80"])
def test_what_is_no_text_is_refused(example: Path, text: bytes) -> None:
    """Half a surrogate pair, and bytes that are no UTF-8: the message as a whole cannot be read."""
    for place in texts(example):
        value = json.dumps(changed(example, place, "MARK")).encode().replace(b"MARK", text)
        assert errors(example, value)


@EACH
@pytest.mark.parametrize(
    "text", ["😀👩‍👩‍👧", "\u202bمرحبا\u202c \u2067שלום\u2069", "\u202etxet", "e\u0301\u200b\ufeff"]
)
def test_a_text_of_any_script_is_taken_as_it_is(example: Path, text: str) -> None:
    """Where free text may be every character is kept; where a form is asked for the field is named."""
    for place in texts(example):
        body = changed(example, place, text)
        if found := errors(example, json.dumps(body).encode()):
            assert found[0].startswith(path_of(place)[: len(found[0])]) or found[0] == ""
        else:
            assert text in parse(model_of(example), json.dumps(body).encode()).model_dump_json()


@EACH
def test_every_text_has_an_end(example: Path) -> None:
    """A hundred thousand characters are no id, no name and no message."""
    for place in texts(example):
        if not set(place) & ONLY_COMPARED:
            assert errors(example, json.dumps(changed(example, place, "x" * 100_000)).encode())


@EACH
def test_every_number_has_an_end(example: Path) -> None:
    """Beyond what a database's integer holds, below nothing, halves, more than a float: the field is named."""
    for place, value in leaves(body_of(example)):
        if isinstance(value, int) and not isinstance(value, bool):
            out_of_bounds = () if set(place) & ONLY_COMPARED else (2**63, 10**30, -(2**63) - 1, -1)
            for wrong in (*out_of_bounds, 1.5):
                assert path_of(place) in errors(example, json.dumps(changed(example, place, wrong)).encode())
            for words in (b"1e400", b"NaN", b"-Infinity"):
                body = json.dumps(changed(example, place, "MARK")).encode().replace(b'"MARK"', words)
                assert errors(example, body)


@EACH
def test_a_day_is_one_of_the_calendar(example: Path) -> None:
    """29 February every fourth year, no 30th ever; a week is no day."""
    for place, value in leaves(body_of(example)):
        if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
            for day, good in [
                ("2028-02-29", True), ("2027-02-29", False), ("2100-02-29", False), ("2028-02-30", False),
                ("2026-W53", False), ("0000-12-31", False), ("10000-01-01", False),
            ]:  # fmt: skip
                found = errors(example, json.dumps(changed(example, place, day)).encode())
                assert (found == []) is good, (place, day, found)
