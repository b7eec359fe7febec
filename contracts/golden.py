"""Golden messages: one of every version of every message there ever was, frozen as it was sent.

``golden/<type>/<n>.json`` holds the headers, the body, and a digest of the schema's shape at the time. A type whose
shape is new gets golden messages made of its examples; those that are there are never changed: ``SHA256SUMS`` says what
they were. Tests read every one of them with today's models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.envelope import Envelope, Message, encode_headers
from contracts.topics import TOPICS

FOLDER = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parent / "examples"
SUMS = "SHA256SUMS"

_WORDS = frozenset({"title", "description", "examples"})
_NAMED = frozenset({"properties", "$defs"})
"""Where keys are names, not words of JSON Schema."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A frozen message. name: ``<type>/<n>.json``. shape: digest of its schema's shape when it was frozen."""

    name: str
    shape: str
    headers: Sequence[tuple[str, bytes]]
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The message type with its major."""
        return self.name.partition("/")[0]

    @property
    def value(self) -> bytes:
        """The body as it travels."""
        return json.dumps(self.body, ensure_ascii=False).encode()


def shape(message: type[Message]) -> str:
    """Digest what a message's schema allows: another wording is no other version."""
    return _digest(json.dumps(_shape(message.model_json_schema()), sort_keys=True).encode())


def all_golden(folder: Path = FOLDER) -> list[Golden]:
    """Read every frozen message, in the order in which each type's came about."""
    return [_read(folder, path) for path in sorted(folder.glob("*/*.json"), key=_number)]


def problems(folder: Path = FOLDER) -> list[str]:
    """Say what is not as it should be: changed or lost messages, and types whose version has none."""
    sums = _sums(folder)
    there = {f"{path.parent.name}/{path.name}": path for path in folder.glob("*/*.json")}
    found = [f"golden/{name}: is gone" for name in sums if name not in there]
    for name, path in sorted(there.items()):
        if name not in sums:
            found.append(f"golden/{name}: is not in {SUMS}")
        elif sums[name] != _digest(path.read_bytes()):
            found.append(f"golden/{name}: was changed, and never may be: what was sent was sent")
    return found + [f"{kind}: this version has no golden message: make contracts" for kind, _ in _missing(folder)]


def freeze(folder: Path = FOLDER, examples: Path = EXAMPLES) -> list[str]:
    """Write golden messages for each version that has none, from the examples of its type; returns their names."""
    sums, written = _sums(folder), []
    for kind, message in list(_missing(folder)):
        home = folder / kind
        home.mkdir(parents=True, exist_ok=True)
        number = max((_number(path)[1] for path in home.glob("*.json")), default=0)
        for example in sorted(examples.glob(f"{kind}.*json")):
            number += 1
            document = {
                "shape": shape(message),
                "headers": {name: value.decode() for name, value in encode_headers(_envelope(kind, number))},
                "body": json.loads(example.read_text()),
            }
            text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
            (home / f"{number}.json").write_text(text)
            sums[f"{kind}/{number}.json"] = _digest(text.encode())
            written.append(f"{kind}/{number}.json")
    if written:
        lines = [f"{digest}  {name}\n" for name, digest in sorted(sums.items())]
        (folder / SUMS).write_text("".join(lines))
    return written


def _missing(folder: Path) -> Iterator[tuple[str, type[Message]]]:
    """Yield the types whose present shape no golden message has."""
    frozen = {(golden.type, golden.shape) for golden in all_golden(folder)}
    for kind, message in sorted({kind: message for topic in TOPICS for kind, message in topic.types.items()}.items()):
        if (kind, shape(message)) not in frozen:
            yield kind, message


def _envelope(kind: str, number: int) -> Envelope:
    """Make an envelope with everything that one can have."""
    return Envelope(
        id=f"golden:{kind}:{number}",
        source="/fordeling/golden",
        type=kind,
        subject="golden",
        time=datetime(2026, 1, 2, 12, tzinfo=UTC),
        sequence=number,
        correlation_id="golden:correlation",
        causation_id="golden:cause",
        partition_key="golden",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


def _read(folder: Path, path: Path) -> Golden:
    document = json.loads(path.read_text())
    headers = [(name, value.encode()) for name, value in document["headers"].items()]
    return Golden(path.relative_to(folder).as_posix(), document["shape"], headers, document["body"])


def _sums(folder: Path) -> dict[str, str]:
    file = folder / SUMS
    lines = file.read_text().splitlines() if file.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _number(path: Path) -> tuple[str, int]:
    return path.parent.name, int(path.stem)


def _shape(node: Any, *, named: bool = False) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(node, dict):
        return {
            key: _shape(part, named=not named and key in _NAMED)
            for key, part in node.items()
            if named or key not in _WORDS
        }
    return [_shape(part) for part in node] if isinstance(node, list) else node


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
