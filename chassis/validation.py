"""A message body checked against its model; what is wrong is told by field, never with the value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, core_schema

ModelT = TypeVar("ModelT", bound=BaseModel)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_FIXED = {
    # pydantic's own texts for these quote what came in.
    "union_tag_invalid": "is none of the known kinds",
    "uuid_parsing": "should be a UUID",
}
_QUOTING = frozenset({"value_error", "assertion_error", "get_attribute_error", "mapping_type", "iteration_error"})
_NOT_QUOTING = frozenset(get_args(core_schema.ErrorType)) - _QUOTING
"""Rules of pydantic's own, whose texts name the rule; those of a model's author may name what came in."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong.

    path: where, e.g. ``items[2].made_on``; empty for the message as a whole.
    code: which rule, stable, e.g. ``missing``.
    message: the rule in words, without the value.
    """

    path: str
    code: str
    message: str


class InvalidBodyError(Exception):
    """A body that its model refuses."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(", ".join(f"{error.path}: {error.code}" for error in errors))
        self.errors = errors


def parse(model: type[ModelT], value: bytes) -> ModelT:
    """Read the body in ``value`` (JSON). Raises InvalidBodyError with every error found."""
    if nuls := list(_nul_paths(value)):
        raise InvalidBodyError([FieldError(path, "nul-character", "holds a NUL character") for path in nuls])
    try:
        return model.model_validate_json(value)
    except ValidationError as error:
        raise InvalidBodyError(field_errors(error)) from None


def field_errors(error: ValidationError) -> list[FieldError]:
    """List what pydantic found, without any input value."""
    return [
        FieldError(path(problem["loc"]), problem["type"].replace("_", "-"), _words(problem))
        for problem in error.errors(include_url=False, include_context=False)
    ]


def path(location: Sequence[int | str]) -> str:
    """Write ``('items', 2, 'made_on')`` as ``items[2].made_on``; what is no plain name becomes ``*``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            # A key of a mapping is input too.
            name = part if _NAME.fullmatch(part) else "*"
            text += f".{name}" if text else name
    return text


def _words(problem: ErrorDetails) -> str:
    kind = problem["type"]
    if kind in _FIXED:
        return _FIXED[kind]
    words = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind not in _NOT_QUOTING and any(value in words for value in _texts(problem["input"])):
        return "is not valid"
    return words


def _texts(value: Any, depth: int = 2) -> Iterator[str]:  # noqa: ANN401  any JSON value
    """Yield the scalars of an input as text, of those long enough to mean something."""
    if isinstance(value, dict) and depth:
        for part in value.values():
            yield from _texts(part, depth - 1)
    elif isinstance(value, list) and depth:
        for part in value:
            yield from _texts(part, depth - 1)
    elif not isinstance(value, bool) and isinstance(value, str | int | float) and len(str(value)) > 2:  # noqa: PLR2004
        yield str(value)


def _nul_paths(value: bytes) -> Iterator[str]:
    """Find where the JSON holds NUL characters, which PostgreSQL cannot store. Nothing where it is not JSON."""
    if b"\\u0000" not in value:
        return
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return
    yield from (path(location) for location in _walk(document, ()))


def _walk(node: Any, location: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:  # noqa: ANN401  any JSON value
    if isinstance(node, str):
        if "\x00" in node:
            yield location
    elif isinstance(node, list):
        for index, part in enumerate(node):
            yield from _walk(part, (*location, index))
    elif isinstance(node, dict):
        for key, part in node.items():
            if "\x00" in key:
                yield (*location, key)
            yield from _walk(part, (*location, key))
