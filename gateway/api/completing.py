"""What Litestar leaves out of the OpenAPI document: whole bodies, forms of parameters, headers of answers, links."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute
from pydantic import BaseModel, TypeAdapter

from contracts.fields import CommandId, ListId, MunicipalityId, RunningNumber, Year
from gateway.api import links
from gateway.api.headers import KEY, TAG
from gateway.exports import csv_file, xlsx_file

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch")

FORMS: Json = {
    "municipality_id": TypeAdapter(MunicipalityId).json_schema(),
    "list_id": TypeAdapter(ListId).json_schema(),
    "letter_id": TypeAdapter(CommandId).json_schema(),
    "command_id": TypeAdapter(CommandId).json_schema(),
    "year": TypeAdapter(Year).json_schema(),
    "running_number": TypeAdapter(RunningNumber).json_schema(),
    "cursor": {"type": "string", "format": "cursor"},
    "If-Match": {"type": "string", "pattern": f"^{TAG.pattern}$"},
    "Idempotency-Key": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}
"""What a parameter of this name holds, wherever it is. Another operation's new names are as the program has them."""

ETAG: Json = {"description": "The version.", "schema": {"type": "string", "pattern": f"^{TAG.pattern}$"}}
STANDING: Json = {
    "RateLimit-Limit": "Requests of this client that a minute allows.",
    "RateLimit-Remaining": "How many of them are left in this window.",
    "RateLimit-Reset": "Seconds until the next window begins.",
}
WAIT = "Seconds after which to try again."
OF_STATUS: dict[str, dict[str, Json]] = {
    "202": {
        "Location": {"description": "Tells what became of it.", "schema": {"type": "string", "format": "uri-reference"}}
    },
    "401": {"WWW-Authenticate": {"description": "What is wrong with the token.", "schema": {"type": "string"}}},
    "403": {"WWW-Authenticate": {"description": "The scope that is needed.", "schema": {"type": "string"}}},
}
WAITING = {"202", "429", "503"}
FILE: Json = {"schema": {"type": "string", "format": "binary"}}
NAMED: Json = {"description": "Names the file, with its ending.", "schema": {"type": "string"}}


def document(app: Litestar) -> Json:
    """Give the whole document; it is made once an application."""
    made: Json | None = app.state.get("api_document")
    if made is None:
        made = deepcopy(app.openapi_schema.to_schema())
        app.state["api_document"] = made
        _complete_bodies(app, made["components"]["schemas"])
        for operation in operations(made):
            _complete_parameters(operation)
            _complete_headers(operation)
            _complete_files(operation)
        links.add(made)
    return made


def operations(made: Json) -> Iterator[Json]:
    """Yield what the document has of each operation."""
    for item in made["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def _complete_bodies(app: Litestar, schemas: Json) -> None:
    """Describe bodies by their models' own schemas: Litestar's lack rules that stand before a validator."""
    told: dict[str, Json] = {}
    for model in _bodies(app):
        whole = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found = {**whole.pop("$defs", {}), model.__name__: whole}
        for name, schema in found.items():
            assert told.setdefault(name, schema) == schema, f"two bodies are called {name}"
            if name not in schemas or schema.get("additionalProperties") is False:
                schemas[name] = _without_nul(schema)


def _bodies(app: Litestar) -> Iterator[type[BaseModel]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/"):
            for handler in route.route_handlers:
                data = handler.parsed_fn_signature.parameters.get("data")
                if data is not None and data.is_subclass_of(BaseModel):
                    yield data.annotation


def _without_nul(schema: Json) -> Json:
    """Tell what ``Text`` refuses: the one character that no text may have."""
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format", "enum", "const"}:
        return schema | {"pattern": r"^[^\x00]*$"}
    inner = {
        name: [_without_nul(one) if isinstance(one, dict) else one for one in part]
        if isinstance(part, list)
        else _without_nul(part)
        for name, part in schema.items()
        if isinstance(part, dict | list)
    }
    return schema | inner


def _complete_parameters(operation: Json) -> None:
    for parameter in operation.get("parameters", ()):
        schema = _without_null(parameter.get("schema", {}))
        if (form := FORMS.get(parameter["name"])) and (parameter["in"] != "query" or parameter["name"] == "cursor"):
            schema = {**form, **{name: value for name, value in schema.items() if name == "description"}}
        parameter["schema"] = schema


def _without_null(schema: Json) -> Json:
    """No parameter can be null: it is there, or it is not."""
    found = {name: value for name, value in schema.items() if name not in {"oneOf", "type", "enum"}}
    if isinstance(kinds := schema.get("type"), list):
        kinds = [kind for kind in kinds if kind != "null"]
        found["type"] = kinds[0] if len(kinds) == 1 else kinds
    elif kinds:
        found["type"] = kinds
    if "enum" in schema:
        found["enum"] = [one for one in schema["enum"] if one is not None]
    alternatives = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    if len(alternatives) == 1:
        found |= alternatives[0]
    elif alternatives:
        found["oneOf"] = alternatives
    return found


def _complete_headers(operation: Json) -> None:
    versioned = any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", ()))
    for status, answer in operation["responses"].items():
        headers = answer.get("headers", {})
        if "ETag" in headers or (versioned and status in {"200", "412"}):
            headers["ETag"] = ETAG
        headers |= OF_STATUS.get(status, {})
        if status in WAITING:
            headers["Retry-After"] = {"description": WAIT, "schema": {"type": "integer", "minimum": 1}}
        if status != "401" and operation.get("security"):
            headers |= {
                name: {"description": words, "schema": {"type": "integer", "minimum": 0}}
                for name, words in STANDING.items()
            }
        answer["headers"] = headers


def _complete_files(operation: Json) -> None:
    """Add the workbook to what is CSV, which an operation has one media type for, and the name that both have."""
    answer = operation["responses"].get("200", {})
    if csv_file.MEDIA_TYPE in answer.get("content", {}):
        answer["content"] = {csv_file.MEDIA_TYPE: FILE, xlsx_file.MEDIA_TYPE: FILE}
        answer["headers"]["Content-Disposition"] = NAMED
