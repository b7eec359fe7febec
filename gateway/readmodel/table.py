"""Where one kind of state lies in the read model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = tuple[Any, ...]

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
