"""Lists that a transaction has opened: read once, written together at its end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from chassis.storage.database import Connection
from services.distribution.adapters import list_changes, list_rows, list_writes
from services.distribution.domain.history import Change
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.persons import Identity


@dataclass(slots=True)
class OpenLists:
    """All of them are locked, so what is known of them here is what anybody would find.

    known: as they stand. written: as they lie in the tables, those that have changed since. changes: yet to be written.
    identities: who the persons are, of lists where somebody has asked.
    """

    connection: Connection
    known: dict[str, DistributionList] = field(default_factory=dict)
    written: dict[str, DistributionList] = field(default_factory=dict)
    changes: list[tuple[str, Change]] = field(default_factory=list)
    identities: dict[str, dict[int, Identity]] = field(default_factory=dict, repr=False)

    async def look_up(self, list_ids: Collection[str], municipality_ids: Collection[str] | None) -> None:
        """Open what can be opened of these at once. Waits for nobody."""
        missing = set(list_ids) - self.known.keys()
        if missing:
            found = await list_rows.lock_free(self.connection, missing, municipality_ids)
            self.known |= {one.id: one for one in found}

    async def get(self, list_id: str, municipality_id: str | None) -> DistributionList | None:
        """Open a list of this municipality (None: of any)."""
        known = self.known.get(list_id)
        if known is None:
            known = await list_rows.lock(self.connection, list_id, municipality_id)
            if known is not None:
                self.known[list_id] = known
        return known if known is not None and municipality_id in {None, known.municipality_id} else None

    async def identities_of(self, list_id: str) -> dict[int, Identity]:
        """Tell who the persons are. With the first that is asked of, all lists that are open are asked of."""
        if list_id not in self.identities:
            asked = (self.known.keys() | {list_id}) - self.identities.keys()
            self.identities |= await list_rows.identities(self.connection, asked)
        return self.identities[list_id]

    def save(self, before: DistributionList, after: DistributionList) -> None:
        """Have a list written. Raises OverwrittenError."""
        if self.known.setdefault(before.id, before).version != before.version:
            raise list_writes.OverwrittenError
        self.written.setdefault(before.id, before)
        self.known[after.id] = after

    async def flush(self) -> None:
        """Write what has changed, in the order of ids."""
        if self.written:
            changed = [(self.written[list_id], self.known[list_id]) for list_id in sorted(self.written)]
            await list_writes.update(self.connection, changed)
            self.written.clear()
        if self.changes:
            await list_changes.insert(self.connection, self.changes)
            self.changes.clear()

    def let_go(self, list_id: str) -> None:
        """Read a list anew when it is asked for next: what lies beside it in the tables changes."""
        assert list_id not in self.written, "it has been written"
        self.known.pop(list_id, None)
        self.identities.pop(list_id, None)

    def forget(self) -> None:
        """Forget all: it has been undone."""
        for kept in (self.known, self.written, self.identities):
            kept.clear()
        self.changes.clear()
