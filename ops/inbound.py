"""Messages from IMDi in files: read, checked by field and line, turned into records.

A file is one JSON document, or NDJSON (one document a line). A document is a message body, or a CloudEvent
in structured form (``{"specversion": "1.0", "type": …, "data": {…}}``) where its type has to be told.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from chassis.validation import InvalidBodyError, parse
from contracts.envelope import Envelope, Message, encode_headers
from contracts.topics import IMDI_LISTS, IMDI_REQUESTS, Topic

SOURCE = "/imdi"
MARK = "fordelingreplay"
"""An attribute of each line that ``fordeling topics replay`` writes: nothing is published from such a file."""
DEFAULT_TYPE = "imdi.publish-distribution-list.v1"
TOPIC_OF: Mapping[str, Topic] = {name: topic for topic in (IMDI_LISTS, IMDI_REQUESTS) for name in topic.types}
_IDS = uuid.UUID("8a8ec8b0-6f0d-5d1c-9a52-6f1f5b8f7a10")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a file. ``line`` counts from 1; ``path`` is the field, empty for the document as a whole."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """Write it as one line."""
        return f"line {self.line}: {self.path + ': ' if self.path else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class Inbound:
    """A checked message from IMDi, ready to be a record."""

    line: int
    topic: Topic
    body: Message

    @property
    def key(self) -> str:
        """The record's key: the municipality's number."""
        return str(self.body.model_dump()["municipality_number"])

    @property
    def subject(self) -> str:
        """The list id; for a yearly request the municipality's number and the year."""
        fields = self.body.model_dump()
        return str(fields["list_id"]) if "list_id" in fields else f"{fields['municipality_number']}/{fields['year']}"

    def value(self) -> bytes:
        """Write the record's value: JSON."""
        return self.body.model_dump_json(exclude_unset=True).encode()

    @property
    def message_id(self) -> str:
        """The message's id. It follows from the content: the same file again changes nothing."""
        return str(uuid.uuid5(_IDS, self.body.message_type + self.value().decode()))

    def headers(self, now: datetime, bulk: str | None = None) -> list[tuple[str, bytes]]:
        """Write CloudEvents headers. ``bulk``: the id that is common to what is published together."""
        kind, subject = self.body.message_type, self.subject
        return encode_headers(Envelope(self.message_id, SOURCE, kind, subject, now, correlation_id=bulk))


def read(text: str, default_type: str = DEFAULT_TYPE) -> tuple[list[Inbound], list[Mistake]]:
    """Read a file's text. Returns what is right and every mistake; an empty file is a mistake."""
    messages: list[Inbound] = []
    mistakes: list[Mistake] = []
    for line, source in _documents(text):
        found = _check(line, source, default_type)
        if isinstance(found, Inbound):
            messages.append(found)
        else:
            mistakes.extend(found)
    if not messages and not mistakes:
        mistakes.append(Mistake(1, "", "the file holds no message"))
    return messages, mistakes


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Split a file into documents with the line each begins on."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        yield 1, text
        return
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def _check(line: int, source: str, default_type: str) -> Inbound | list[Mistake]:
    document = _read(line, source)
    if isinstance(document, Mistake):
        return [document]
    prefix: tuple[str, ...] = ()
    kind = default_type
    body: object = document
    if "specversion" in document:
        kind, body, prefix = str(document.get("type", "")), document.get("data"), ("data",)
    topic = TOPIC_OF.get(kind)
    if topic is None:
        return [Mistake(line, "type", f"is not a message of IMDi's; known: {', '.join(sorted(TOPIC_OF))}")]
    try:
        return Inbound(line, topic, parse(topic.types[kind], json.dumps(body).encode()))
    except InvalidBodyError as error:
        return [
            Mistake(line + _line_of(source, (*prefix, *_parts(problem.path))), problem.path, problem.message)
            for problem in error.errors
        ]


def _read(line: int, source: str) -> dict[str, Any] | Mistake:
    try:
        document = json.loads(source)
    except json.JSONDecodeError as error:
        return Mistake(line + error.lineno - 1, "", f"not JSON: {error.msg} (column {error.colno})")
    except RecursionError:
        return Mistake(line, "", "not JSON we can read: nested too deeply")
    if not isinstance(document, dict):
        return Mistake(line, "", "a message is a JSON object, one a line or one a file")
    if MARK in document:
        return Mistake(line, MARK, "was written by 'fordeling topics replay', to be read and not to happen again")
    return document


def _parts(path: str) -> Sequence[str]:
    return [part for part in path.replace("[", ".").replace("]", "").split(".") if part]


def _line_of(source: str, path: Sequence[str]) -> int:
    """Find how many lines into a document a field stands. YAML's parser tells places, and JSON is YAML."""
    if "\n" not in source:
        return 0
    node: Any = yaml.compose(source, Loader=yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader)
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            found = node.value[int(part)]
        else:
            found = None
        if found is None:
            break
        node = found
    return int(node.start_mark.line)
