"""Where one kind of state lies in the read model, and how several kinds are written at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]
Written = tuple[str, Sequence[Any]]
"""A statement and its arguments."""

_PARAMETER = re.compile(r"\$(\d+)")

SCHEMA = "readmodel"
"""Where the pages read."""


@dataclass(frozen=True)
class Table:
    """Where one kind of state lies.

    upsert: takes one array a column of ``columns``, then sequences, then bodies as JSON text.
    delete: takes record keys.
    columns: the row's values from a message, without sequence and body.
    key: the record's key from a message, which is also what a tombstone names.
    """

    upsert: str
    delete: str
    columns: Callable[[Any], Row]
    key: Callable[[Any], str]

    @property
    def name(self) -> str:
        """Name the table, without its schema."""
        return self.upsert.split(f"INSERT INTO {SCHEMA}.", 1)[1].split(maxsplit=1)[0]

    def upsert_in(self, schema: str) -> str:
        """Give the statement for a table of the same name in another schema."""
        return self.upsert.replace(f"{SCHEMA}.", f"{schema}.")

    def delete_in(self, schema: str) -> str:
        """Give the statement for a table of the same name in another schema."""
        return self.delete.replace(f"{SCHEMA}.", f"{schema}.")


def in_one(parts: Sequence[Written], last: str) -> Written:
    """Make one statement of several that write each to a table of its own, and of ``last``, which has no arguments.

    PostgreSQL does all of the parts, and none sees what another writes.
    """
    named: list[str] = []
    arguments: list[Any] = []
    for number, (statement, own) in enumerate(parts):
        named.append(f"part_{number} AS ({_behind(len(arguments), statement)})")
        arguments += own
    return (f"WITH {', '.join(named)} {last}" if named else last), arguments


def _behind(arguments: int, statement: str) -> str:
    """Have a statement's parameters begin after so many."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + arguments}", statement)
