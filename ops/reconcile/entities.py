"""What is compared: for each kind of thing an owner tells of, where it lies in the three places."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b

from pydantic import ValidationError

from contracts.envelope import Message
from contracts.topics import Topic

UNREADABLE = b"unreadable"
"""Stands for a body that its contract does not read: different from all that it does."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of thing that has state records.

    rows: SQL on the owner's database: ``key``, ``sequence`` (NULL where the database does not hold the record's) and
        ``body``, a JSON object with the fields of ``message``. ``%(keys)s``: text[] or NULL for all.
    read_model: SQL on the gateway's database: ``key``, ``sequence``, ``body``, and ``agrees``: whether the columns
        beside the body say the same as it. None: the read model does not show it.
    untold: fields that ``rows`` does not tell; they are compared between topic and read model only.
    """

    name: str
    topic: Topic
    message: type[Message]
    rows: str
    read_model: str | None = None
    untold: frozenset[str] = frozenset()

    @property
    def fields(self) -> set[str]:
        """Tell the fields by which rows and records are compared."""
        return set(self.message.model_fields) - self.untold

    def body(self, document: object) -> Message | None:
        """Read a body as its contract does; None where it cannot be."""
        try:
            return self.message.model_validate(document)
        except ValidationError:
            return None

    def body_from_json(self, value: bytes) -> Message | None:
        """Read a record's value."""
        try:
            return self.message.model_validate_json(value)
        except ValidationError:
            return None


@dataclass(frozen=True, slots=True)
class Check:
    """Something of an owner's own that must hold. ``rows``: SQL telling the ``key`` of each that does not."""

    name: str
    rows: str


@dataclass(frozen=True, slots=True)
class Owner:
    """A service and what it tells. ``database``: the variable with its database's URL."""

    name: str
    database: str
    entities: Sequence[Entity]
    checks: Sequence[Check] = ()


def digest(body: Message | None, fields: Collection[str] | None = None) -> bytes:
    """Tell 16 bytes that are equal where these fields (all by default) say the same, times in whatever zone."""
    if body is None:
        return UNREADABLE
    chosen = body.model_dump(include=None if fields is None else set(fields))
    return blake2b(json.dumps(chosen, default=_plain, sort_keys=True).encode(), digest_size=16).digest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    assert isinstance(value, date), "contracts have no other kind of value that is not JSON's"
    return value.isoformat()
