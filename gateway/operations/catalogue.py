"""The message catalogue: the AsyncAPI document that ``make contracts`` writes, with its schemas, to be read and taken.

Read once, when the gateway starts; everything in it is ours, and nothing of it is about anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

import contracts

FOLDER = Path(contracts.__file__).parent
SCHEMAS, EXAMPLES = FOLDER / "schemas", FOLDER / "examples"
DOCUMENT = "asyncapi.json"
DAY_MS = 86_400_000
DEFINITIONS = "#/$defs/"
HEADERS = "#/components/schemas/headers"


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic. ``days``: how long records stay; None where the last of each key stays (compaction)."""

    name: str
    description: str
    partitions: int
    days: float | None
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message or of a part of it. ``bounds``: what a value must keep, as the schema words it."""

    name: str
    kind: str
    required: bool
    part: str | None = None
    bounds: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """An object that fields refer to, or a code with its values."""

    name: str
    description: str
    fields: tuple[Field, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageType:
    """A message. The first of ``parts`` is its own body; ``examples``: by the name of their file."""

    name: str
    summary: str
    channels: tuple[str, ...]
    parts: tuple[Part, ...]
    examples: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """The document and the schemas beside it, by file name."""

    document: Mapping[str, Any]
    schemas: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path = SCHEMAS) -> Catalogue:
        """Read what ``make contracts`` has written. Raises OSError."""
        found = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
        return cls(found.pop(DOCUMENT), found)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Give the topics, in the order of the registry."""
        return tuple(map(self._channel, self.document["channels"]))

    @cached_property
    def summaries(self) -> Mapping[str, str]:
        """Give each message's one sentence, by its type."""
        return {name: _plain(one["summary"]) for name, one in self.document["components"]["messages"].items()}

    def message(self, name: str) -> MessageType | None:
        """Find a message by its type; None where there is none."""
        if name not in self.summaries:
            return None
        schema = self.schemas[f"{name}.json"]
        parts = {name: schema} | schema.get("$defs", {})
        return MessageType(
            name,
            self.summaries[name],
            tuple(channel.name for channel in self.channels if name in channel.messages),
            tuple(_part(title, part) for title, part in parts.items()),
            {path.name: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob(f"{name}.*json"))},
        )

    @cached_property
    def as_json(self) -> str:
        """Write it as one document that refers to no other file."""
        return json.dumps(self._whole(), indent=2, ensure_ascii=False)

    @cached_property
    def as_yaml(self) -> str:
        """Write the same as YAML."""
        return yaml.dump(self._whole(), Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=120)

    def _whole(self) -> dict[str, Any]:
        told = self.document["components"]["messages"]
        messages = {
            name: {**one, "headers": {"$ref": HEADERS}, "payload": {"$ref": f"#/components/schemas/{name}"}}
            for name, one in told.items()
        }
        schemas = {name: _moved(self.schemas[f"{name}.json"], name) for name in messages}
        schemas["headers"] = next(iter(told.values()))["headers"]  # they are the same for all
        return {**self.document, "components": {"messages": messages, "schemas": schemas}}

    def _channel(self, name: str) -> Channel:
        told = self.document["channels"][name]
        kafka = told["bindings"]["kafka"]
        kept = kafka["topicConfiguration"].get("retention.ms")
        compacted = "compact" in kafka["topicConfiguration"]["cleanup.policy"]
        return Channel(
            name,
            told["description"],
            kafka["partitions"],
            None if compacted or kept is None else kept / DAY_MS,
            tuple(self._actors(name, "send")),
            tuple(self._actors(name, "receive")),
            tuple(told["messages"]),
        )

    def _actors(self, channel: str, action: str) -> Iterator[str]:
        for name, operation in self.document["operations"].items():
            if operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{channel}":
                yield name.partition(".")[0]


class _NoAliases(yaml.SafeDumper):
    """Writes what comes twice twice: not every reader of YAML knows anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002  the library's signature
        return True


def _moved(schema: Any, name: str) -> Any:  # noqa: ANN401  any JSON
    """Have a schema's references to its own definitions say where they are in the whole document."""
    if isinstance(schema, dict):
        moved = {key: _moved(value, name) for key, value in schema.items() if key not in {"$schema", "$id"}}
        reference = moved.get("$ref")
        if isinstance(reference, str) and reference.startswith(DEFINITIONS):
            moved["$ref"] = f"#/components/schemas/{name}/$defs/{reference.removeprefix(DEFINITIONS)}"
        return moved
    return [_moved(one, name) for one in schema] if isinstance(schema, list) else schema


def _plain(text: object) -> str:
    """Leave the marks of code out of what a docstring says."""
    return str(text).replace("``", "")


def _part(name: str, schema: Mapping[str, Any]) -> Part:
    required = set(schema.get("required", ()))
    fields = tuple(_field(title, one, title in required) for title, one in schema.get("properties", {}).items())
    return Part(name, _plain(schema.get("description", "")), fields, tuple(map(str, schema.get("enum", ()))))


def _field(name: str, schema: Mapping[str, Any], required: bool) -> Field:
    kind, part = _kind(schema)
    bounds = [f"{key} {value}" for key, value in _bounds(schema).items()]
    return Field(name, kind, required, part, ", ".join(bounds), _plain(schema.get("description", "")))


BOUNDS = ("format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "const")


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: schema[key] for key in BOUNDS if key in schema}
    for one in (*schema.get("anyOf", ()), *filter(None, [schema.get("items")])):
        found |= _bounds(one)
    return found


def _kind(schema: Mapping[str, Any]) -> tuple[str, str | None]:
    """Tell a schema's type as one reads it, and which part of the message it is, if any."""
    reference = schema.get("$ref")
    if reference:
        part = str(reference).removeprefix(DEFINITIONS)
        return part, part
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return " | ".join(kind for kind, _ in kinds), next((one for _, one in kinds if one), None)
    if schema.get("type") == "array":
        kind, of = _kind(schema.get("items", {}))
        return f"list of {kind}", of
    return str(schema.get("type", "any")), None
