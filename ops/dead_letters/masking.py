"""What can be said of a parked message without showing what it says: headers of ours, field paths and their types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.reading.subscriptions import Record
from chassis.validation import path

SHOWN_HEADERS = frozenset(
    {
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_time",
        "ce_sequence",
        "ce_correlationid",
        "ce_causationid",
        "ce_partitionkey",
        "ce_traceparent",
        "content-type",
    }
)
"""Those of the envelope: ids, times and types. Another header may hold anything."""

MASK = "•••"
MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Field:
    """A place in a body. path: lists as ``[]``. types: of the values, e.g. ``text``. count: how many there are."""

    path: str
    types: Sequence[str]
    count: int


def headers(record: Record) -> dict[str, str]:
    """Give the headers; of those that are not the envelope's the value is masked, and a name that is no plain one."""
    return {
        **{path((name,)): MASK for name, _value in record.headers if name not in SHOWN_HEADERS},
        **{name: printable(value.decode(errors="replace")) for name, value in record.headers if name in SHOWN_HEADERS},
    }


def outline(value: bytes | None) -> list[Field] | None:
    """Give the body's fields and their types, no value; None where it is no JSON that can be read."""
    if value is None:
        return []
    types: dict[str, dict[str, None]] = {}
    counts: Counter[str] = Counter()
    try:
        for where, kind in _walk(json.loads(value), ()):
            types.setdefault(where, {})[kind] = None
            counts[where] += 1
    except (ValueError, RecursionError):
        return None
    return [Field(where, list(types[where]), counts[where]) for where in list(types)[:MOST_FIELDS]]


def body(value: bytes | None) -> Any:  # noqa: ANN401  any JSON value
    """Give the body as it is: what JSON it is, else its text; None where there is none."""
    if value is None:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value.decode(errors="backslashreplace")


def printable(text: str) -> str:
    """Replace what a terminal would take for more than text."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _walk(node: Any, location: tuple[int | str, ...]) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any JSON value
    where = _path(location)
    if isinstance(node, dict):
        if not node or not location:
            yield where, "object"
        for key, part in node.items():
            yield from _walk(part, (*location, key))
    elif isinstance(node, list):
        yield where, "list"
        for part in node:
            yield from _walk(part, (*location, 0))
    else:
        yield where, _TYPES[type(node)]


def _path(location: Sequence[int | str]) -> str:
    return path(location).replace("[0]", "[]") or "(body)"


_TYPES = {str: "text", int: "number", float: "number", bool: "true or false", type(None): "null"}
