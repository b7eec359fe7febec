"""What adapters put off until the end of a chunk, so that its records are looked up and written together.

A handler's adapter remembers what it is to write in a unit of its own kind, one a transaction. The units are written
once the chunk's records have been handled, and before whoever looks into the database would miss it. Where that fails
the chunk is rolled back and tried again in halves: at last the bad record is alone, and is parked alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from chassis.storage.database import Connection

UnitT = TypeVar("UnitT", bound="Unit")


class Unit(Protocol):
    """What one kind of adapter knows of a transaction and has yet to write."""

    async def flush(self) -> None:
        """Write what was put off; what was read stays known."""

    def forget(self) -> None:
        """Forget what was put off and what was read: it has been undone."""


class Units:
    """The units of one transaction, written in the order they were made."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._units: dict[object, Any] = {}

    def of(self, kind: Callable[[Connection], UnitT]) -> UnitT:
        """Give the one unit of this kind."""
        unit: UnitT | None = self._units.get(kind)
        if unit is None:
            unit = self._units[kind] = kind(self._connection)
        return unit

    async def flush(self) -> None:
        """Write all that was put off."""
        for unit in self._units.values():
            await unit.flush()

    def forget(self) -> None:
        """Forget all that was put off or read."""
        for unit in self._units.values():
            unit.forget()
