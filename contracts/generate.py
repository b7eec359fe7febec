"""Write ``contracts/schemas/``: a JSON Schema per message and the AsyncAPI 3 document, from the models and registry.

``python -m contracts.generate`` refuses a change that breaks a major version, and freezes a golden message of each new
version (``contracts.golden``); ``--check`` only compares. Exit code 1 with one line per problem.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts import golden
from contracts.compatibility import incompatibilities
from contracts.envelope import CONTENT_TYPE, Message
from contracts.topics import TOPICS, Topic

FOLDER = Path(__file__).parent / "schemas"
ASYNCAPI = "asyncapi.json"

_HEADERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique per source; a repeat has the same."},
        "ce_source": {"type": "string"},
        "ce_type": {"type": "string"},
        "ce_subject": {"type": "string", "description": "The aggregate or entity the message is about."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]{1,19}$", "description": "The aggregate's version."},
        "ce_correlationid": {"type": "string"},
        "ce_causationid": {"type": "string"},
        "ce_partitionkey": {"type": "string"},
        "ce_traceparent": {"type": "string", "description": "W3C Trace Context."},
        "ce_origintime": {
            "type": "string",
            "format": "date-time",
            "description": "When the first of the messages from which it follows was made.",
        },
        "ce_republished": {
            "const": "true",
            "description": "State told again: to be taken also where the sequence is the last seen.",
        },
        "content-type": {"const": CONTENT_TYPE},
    },
}


def documents() -> dict[str, dict[str, Any]]:
    """Every generated document by file name."""
    schemas = {f"{message.message_type}.json": _schema(message) for message in _messages()}
    return {**schemas, ASYNCAPI: _asyncapi()}


def _messages() -> list[type[Message]]:
    found = {message.message_type: message for topic in TOPICS for message in topic.messages}
    return [found[name] for name in sorted(found)]


def _schema(message: type[Message]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:fordeling:{message.message_type}",
        **message.model_json_schema(),
    }


def _asyncapi() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Fordeling",
            "version": "1.0.0",
            "description": "Topics by which IMDi asks municipalities to settle refugees, and municipalities answer. "
            "Headers are CloudEvents 1.0 in Kafka's binary mode.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic)},
        "components": {"messages": {message.message_type: _message(message) for message in _messages()}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"Owner: {topic.owner}. Key: {topic.key}. Consumers: {', '.join(topic.consumers)}.",
        "messages": {
            message.message_type: {"$ref": f"#/components/messages/{message.message_type}"}
            for message in topic.messages
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.config["cleanup.policy"]],
                    **({"retention.ms": int(topic.config["retention.ms"])} if "retention.ms" in topic.config else {}),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    for action, actors in (("send", topic.producers), ("receive", topic.consumers)):
        for actor in actors:
            yield f"{actor}.{action}.{topic.name}", {"action": action, "channel": channel}


def _message(message: type[Message]) -> dict[str, Any]:
    return {
        "name": message.message_type,
        "summary": (message.__doc__ or "").strip().splitlines()[0],
        "headers": _HEADERS,
        "payload": {"$ref": f"./{message.message_type}.json"},
    }


def problems(folder: Path = FOLDER) -> list[str]:
    """Say what is not as it should be in the committed documents: broken majors first, then what is out of date."""
    wanted = documents()
    committed = {path.name: json.loads(path.read_text()) for path in folder.glob("*.json")}
    broken = [
        f"{name}: {problem}"
        for name, old in sorted(committed.items())
        if name != ASYNCAPI
        for problem in (incompatibilities(old, wanted[name]) if name in wanted else ["the message is gone"])
    ]
    stale = [f"{name}: is out of date" for name in sorted(wanted) if committed.get(name) != wanted[name]]
    return broken or stale


def write(folder: Path = FOLDER) -> list[str]:
    """Write every document; refuses, and lists why, where a major version would break."""
    found = [problem for problem in problems(folder) if not problem.endswith("is out of date")]
    if found:
        return found
    folder.mkdir(exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return []


def main(arguments: list[str]) -> int:
    """Run from the command line; returns the exit code."""
    check = arguments == ["--check"]
    found = [*problems(), *golden.problems()] if check else write()
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    if not (check or found):
        for name in golden.freeze():
            sys.stdout.write(f"golden/{name}: frozen\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
