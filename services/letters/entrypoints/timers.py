"""What time sets off in letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.running.timers import Timer
from chassis.storage.transaction import Transaction
from services.letters.use_cases.erase_papers import delete_objects, erase_outdated
from services.letters.use_cases.outside import ObjectStore
from services.letters.use_cases.ports import Unit


@dataclass(frozen=True, slots=True)
class Timers:
    """The timers. ``kept_for``: how long papers of lists are kept."""

    unit: Callable[[Transaction], Unit]
    store: ObjectStore
    kept_for: timedelta

    def timers(self) -> Sequence[Timer]:
        """List them."""
        return [
            Timer("erase outdated papers", timedelta(minutes=10), self.on_erase_outdated),
            Timer("delete objects of erased papers", timedelta(seconds=2), self.on_delete_objects),
        ]

    async def on_erase_outdated(self, transaction: Transaction) -> bool:
        """Erase papers whose time is over."""
        return await erase_outdated(self.unit(transaction), transaction.now - self.kept_for)

    async def on_delete_objects(self, transaction: Transaction) -> bool:
        """Delete objects. The transaction holds rows that nobody else waits for."""
        return await delete_objects(self.unit(transaction), self.store)
