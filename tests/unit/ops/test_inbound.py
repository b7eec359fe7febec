"""Files of IMDi's messages: read, and mistakes told by field and line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.envelope import decode_headers
from ops.inbound import read

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
LIST = (EXAMPLES / "imdi.publish-distribution-list.v1.full.json").read_text()
ONE_LINE = json.dumps(json.loads(LIST))
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def mistakes(text: str) -> list[str]:
    return [str(mistake) for mistake in read(text)[1]]


def test_a_document_and_lines_of_documents_are_read() -> None:
    """One JSON document over many lines, and NDJSON with blank lines between, are both messages."""
    assert len(read(LIST)[0]) == 1
    messages, wrong = read(f"{ONE_LINE}\n\n{ONE_LINE}\n")
    assert [message.line for message in messages] == [1, 3]
    assert wrong == []


def test_a_record_has_key_subject_and_a_repeatable_id() -> None:
    """The key is the municipality's number; the same content has the same id, so a repeat is known as one."""
    [message] = read(LIST)[0]
    envelope = decode_headers(message.headers(NOW))
    assert (message.key, envelope.subject) == ("0301", "FL-2026-000123")
    assert envelope.id == decode_headers(read(ONE_LINE)[0][0].headers(NOW)).id
    [other] = read(ONE_LINE.replace("FL-2026-000123", "FL-2026-000124"))[0]
    assert decode_headers(other.headers(NOW)).id != envelope.id


def test_a_structured_cloud_event_tells_its_type() -> None:
    """An event in structured form needs no --type, and its mistakes are told within its data."""
    body = json.loads((EXAMPLES / "imdi.request-places.v1.json").read_text())
    event = {"specversion": "1.0", "type": "imdi.request-places.v1", "data": body}
    [message] = read(json.dumps(event))[0]
    assert message.topic.name == "imdi.requests.v1"
    assert message.subject == "0301/2026"
    event["data"] = {**body, "year": "soon"}
    [told] = mistakes(json.dumps(event, indent=1))
    assert told.startswith("line 6: year:")


def test_mistakes_name_the_line_and_the_field() -> None:
    """In a document the line is where the field stands, in NDJSON the line of the message."""
    text = LIST.replace('"birth_year": ', '"birth_year": "x",  "was": ', 1)
    line = next(number for number, content in enumerate(text.splitlines(), 1) if '"birth_year": "x"' in content)
    assert any(told.startswith(f"line {line}: persons[0].birth_year:") for told in mistakes(text))
    assert mistakes(f'{ONE_LINE}\n{{"list_id": "FL-1"}}')[0].startswith("line 2: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: not JSON"),
        ("{\n}", "line 1: list_id: Field required"),
        ('{\n"list_id":,}', "line 2: not JSON"),
        ("[]", "line 1: a message is a JSON object"),
        ('{"specversion": "1.0", "type": "x", "data": {}}', "line 1: type: is not a message of IMDi's"),
        ("[" * 100_000, "line 1: not JSON"),
    ],
)
def test_what_is_no_message_is_told_in_a_line(text: str, told: str) -> None:
    """Whatever a file holds, the answer is a line that says what is wrong."""
    assert mistakes(text)[0].startswith(told)


def test_a_mistake_does_not_repeat_the_value() -> None:
    """What is told of a wrong field never holds what was in it: it may be a name or an identity number."""
    text = LIST.replace('"given_name": "', '"given_name": "Ølsnes' + "x" * 300, 1).replace('"0301"', '"MARKØR"', 1)
    told = "\n".join(mistakes(text))
    assert told
    assert "Ølsnes" not in told
    assert "MARKØR" not in told
