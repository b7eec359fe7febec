"""What is told of parked messages and by whom things are done."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from chassis.reading.dead_letters import DeadLetter
from chassis.reading.subscriptions import Record
from chassis.validation import FieldError
from contracts.generate import FOLDER
from ops.dead_letters import documents, masking, people, places, tables
from ops.dead_letters.masking import Field
from ops.errors import UserError

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
LIST = FOLDER.parent / "examples" / "imdi.publish-distribution-list.v1.full.json"


def record(value: bytes | None, *headers: tuple[str, bytes], key: bytes | None = b"0301") -> Record:
    return Record("imdi.distribution-lists.v1", 0, 7, 0, key, headers, value)


def letter(**changes: object) -> DeadLetter:
    values: dict[str, object] = {
        "id": 3,
        "reader": "letters.x",
        "subject": "FL-1",
        "topic": "x",
        "partition": 0,
        "offset": 7,
        "message_id": "m",
        "type": "t.v1",
        "error": "invalid",
        "fields": [FieldError("persons[0].sex", "enum", "is none of the codes")],
        "behind": False,
        "tries": 1,
        "parked_at": NOW,
    }
    return DeadLetter(**{**values, **changes})  # type: ignore[arg-type]


def drawn(*things: object) -> str:
    console = Console(file=io.StringIO(), width=300)
    for thing in things:
        console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_outline_has_every_path_and_no_value() -> None:
    """Of a real list no text, number or date of any person is told; its fields and their types are."""
    value = LIST.read_bytes()
    found = masking.outline(value)
    assert found is not None
    told = json.dumps([(field.path, list(field.types)) for field in found])
    assert '"persons[].identity.given_name", ["text"]' in told
    assert '"persons[].birth_year", ["number"]' in told
    values = [str(leaf) for leaf in leaves(json.loads(value)) if not isinstance(leaf, bool) and len(str(leaf)) > 3]
    assert len(values) > 20
    assert not [one for one in values if one in told]


def leaves(node: object) -> list[object]:
    if isinstance(node, dict):
        return [leaf for part in node.values() for leaf in leaves(part)]
    if isinstance(node, list):
        return [leaf for part in node for leaf in leaves(part)]
    return [] if node is None else [node]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, [], id="tombstone"),
        pytest.param(b"\xff", None, id="no text"),
        pytest.param(b"{", None, id="no JSON"),
        pytest.param(b"[" * 100_000, None, id="nested without end"),
        pytest.param(b'"Kari"', [Field("(body)", ["text"], 1)], id="a bare text"),
        pytest.param(
            b'{"a": [1, null, "x"]}',
            [Field("(body)", ["object"], 1), Field("a", ["list"], 1), Field("a[]", ["number", "null", "text"], 3)],
            id="a list",
        ),
        pytest.param(
            b'{"01839912345": 1, "Kari Nordmann": {}}',
            [Field("(body)", ["object"], 1), Field("*", ["number", "object"], 2)],
            id="names that are values",
        ),
    ],
)
def test_an_outline_of_anything(value: bytes | None, expected: list[Field] | None) -> None:
    """What is no JSON has none, and a field's name that may itself be about a person is left out."""
    assert masking.outline(value) == expected


def test_only_the_envelopes_headers_are_shown() -> None:
    """A foreign header may hold anything, in its name too; of ours, what a terminal would obey is replaced."""
    sent = record(None, ("ce_subject", b"FL-1\x1b[2J"), ("x-name", b"Kari"), ("01839912345", b"x"), ("ce_id", b"\xff"))
    assert masking.headers(sent) == {"ce_subject": "FL-1�[2J", "ce_id": "�", "x-name": masking.MASK, "*": masking.MASK}


def test_what_is_foreign_is_neither_markup_nor_a_command_to_the_terminal() -> None:
    """A subject, type or reason is shown as it is, brackets included, escape sequences made visible."""
    foreign = letter(subject="[red]x[/red]\x1b[2J", type=None)
    text = drawn(tables.letters({"letters": [foreign]}))
    assert "[red]x[/red]�[2J" in text
    assert "letters:3" in text
    assert "invalid: persons[0].sex: is none of the codes" in text
    console = Console(file=io.StringIO(), width=300)
    tables.show_letter(console, "letters", foreign, record(b"{}", ("ce_type", b"[bold]")))
    tables.show_outline(console, b'{"given_name": "Kari"}')
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "[red]x[/red]�[2J" in shown
    assert "ce_type: [bold]" in shown
    assert "given_name: text" in shown
    assert "Kari" not in shown


def test_a_document_has_ids_and_errors() -> None:
    """Programs get the same, with the id as the other commands take it."""
    found = documents.letter("letters", letter())
    assert places.label(found["id"]) == places.Label("letters", 3)
    assert found["fields"] == [{"path": "persons[0].sex", "code": "enum", "message": "is none of the codes"}]


@pytest.mark.parametrize(
    "text", ["12", "letters", "letters:", "letters:x", "letters:-1", "nobody:1", f"letters:{10**18}"]
)
def test_an_id_is_a_service_and_a_number(text: str) -> None:
    """Anything else is refused in words, and is not taken for one."""
    assert not places.is_label(text)
    with pytest.raises(UserError, match=r"is no id|There is no service"):
        places.label(text)


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(hours=2), "2 h 0 min"),
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_an_age_has_its_two_largest_units(ago: timedelta, told: str) -> None:
    """Also a clock that is behind gives none below nothing."""
    assert tables.age(NOW - ago, NOW) == told


@pytest.mark.parametrize("text", ["", "too short", " " * 40, "a\x00" + "b" * 20, "x" * 1001])
def test_a_reason_has_to_say_something(text: str) -> None:
    """It is at least ten characters of plain text, and the option is named where it is not."""
    with pytest.raises(UserError, match="--reason"):
        people.reason(text, "--reason")


def test_who_acts_is_this_machines_user_and_who_they_say_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account stays also where another name is given: that name is not proven."""
    monkeypatch.setenv("LOGNAME", "ops7")
    account = people.operator(None)
    assert account.startswith("ops7@")
    assert people.operator(" Kari ") == f"Kari ({account})"
    for name in ("", "\x1b", "x" * 101):
        with pytest.raises(UserError, match="--as"):
            people.operator(name)
