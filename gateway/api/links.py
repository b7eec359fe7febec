"""OpenAPI links, drawn from the document itself: what an answer tells that another operation asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")
GONE_ON_FROM = ("200", "202")
"""Statuses whose answers one goes on from."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: where it is, and what the document has of it."""

    path: str
    method: str
    item: Json

    @property
    def identity(self) -> str:
        """Its operation id."""
        return str(self.item["operationId"])

    @property
    def in_path(self) -> list[str]:
        """The parameters of its path."""
        return [one["name"] for one in self.item.get("parameters", ()) if one["in"] == "path"]

    @property
    def versioned(self) -> bool:
        """Whether it names the version it is for."""
        return any(one["name"] == "If-Match" for one in self.item.get("parameters", ()))

    @property
    def resource(self) -> str:
        """What it is about: what a write of a part of it, such as ``…/approval``, changes."""
        return self.path.rpartition("/")[0] if self.versioned else self.path


def add(document: Json) -> None:
    """Add a link for each pair of operations of which the first tells what the second needs."""
    every = list(_operations(document))
    for source in every:
        for status in GONE_ON_FROM:
            answer = source.item["responses"].get(status)
            if answer is None:
                continue
            told = _told(document, answer)
            found = {
                target.identity: link
                for target in every
                if target.identity != source.identity and (link := _link(source, told, answer, target))
            }
            if found:
                answer["links"] = found


def _operations(document: Json) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        yield from (Operation(path, method, item[method]) for method in METHODS if method in item)


def _link(source: Operation, told: dict[str, str], answer: Json, target: Operation) -> Json | None:
    """Make the link; None where the answer adds nothing that the target asks for, or not enough."""
    asked = target.in_path
    known = source.in_path
    new = [name for name in asked if name not in known]
    if any(name not in told for name in new):
        return None
    parameters = {
        f"path.{name}": f"$response.body#{told[name]}" if name in new else f"$request.path.{name}" for name in asked
    }
    if target.versioned:
        if "ETag" not in answer.get("headers", {}) or source.resource != target.resource:
            return None
        parameters["header.If-Match"] = "$response.header.ETag"
    elif not new:
        return None
    return {"operationId": target.identity, "parameters": parameters}


def _told(document: Json, answer: Json) -> dict[str, str]:
    """Tell where in an answer each name is: of itself, or of the first of its items. As JSON pointers."""
    schema = _resolved(document, answer.get("content", {}).get("application/json", {}).get("schema", {}))
    found: dict[str, str] = {}
    for name, part in schema.get("properties", {}).items():
        if part.get("type") == "array":
            inner = _resolved(document, part.get("items", {}))
            found = {one: f"/{name}/0/{one}" for one in inner.get("properties", {})} | found
    return found | {name: f"/{name}" for name in schema.get("properties", {})}


def _resolved(document: Json, schema: Json) -> Json:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Json = document["components"]["schemas"][reference.rpartition("/")[2]]
    return found
