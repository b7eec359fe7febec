"""Lists that a transaction has opened: read once, written together at its end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from chassis.storage.database import Connection
from services.distribution.adapters import list_changes, list_inserts, list_rows, list_writes
from services.distribution.adapters.new_lists import NewLists
from services.distribution.adapters.places import Places, numbers_of
from services.distribution.domain.history import Change
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import OpenElsewhere, PersonFields
from services.distribution.domain.offers import Offer
from services.distribution.domain.persons import Identity


@dataclass(slots=True)
class OpenLists:
    """All of them are locked, so what is known of them here is what anybody would find.

    known: as they stand. written: as they lie in the tables, those that have changed since. changes: yet to be written.
    identities: who the persons are, of lists where somebody has asked. new: lists that were not there before.
    """

    connection: Connection
    known: dict[str, DistributionList] = field(default_factory=dict)
    written: dict[str, DistributionList] = field(default_factory=dict)
    changes: list[tuple[str, Change]] = field(default_factory=list)
    identities: dict[str, dict[int, Identity]] = field(default_factory=dict, repr=False)
    new: NewLists = field(init=False)

    def __post_init__(self) -> None:
        self.new = NewLists(self.connection)

    async def look_up(self, list_ids: Collection[str], municipality_ids: Collection[str] | None) -> None:
        """Open what can be opened of these at once. Waits for nobody."""
        missing = set(list_ids) - self.known.keys()
        if missing:
            for one in await list_rows.lock_free(self.connection, missing, municipality_ids):
                self._opened(one)

    async def get(self, list_id: str, municipality_id: str | None) -> DistributionList | None:
        """Open a list of this municipality (None: of any)."""
        known = self.known.get(list_id)
        if known is None:
            known = await list_rows.lock(self.connection, list_id, municipality_id)
            if known is not None:
                self._opened(known)
        return known if known is not None and municipality_id in {None, known.municipality_id} else None

    def _opened(self, current: DistributionList) -> None:
        self.known[current.id] = current
        # They were asked of before the list was locked, and whoever had it then may have changed just that: who waits
        # for it to change would wait for good.
        self.new.places.forget()

    async def open_elsewhere(
        self, but_on: Collection[str | None], persons: Sequence[PersonFields]
    ) -> list[OpenElsewhere]:
        """Tell which of these persons hold a place on another list than those of ``but_on``, in their order."""
        places, numbers = self.new.places, set(numbers_of(persons))
        if not places.asked.issuperset(numbers):
            await self.flush()
            places = Places()
            await places.look_up(self.connection, numbers)
        return places.elsewhere(but_on, persons)

    async def add(self, received: DistributionList, offer: Offer) -> bool:
        """Have a new list written: with the others where it was looked up with them, else at once.

        False, and nothing written, where that is seen at once and another transaction was first.
        """
        if self.new.takes_over(offer) or not self.new.may_wait(offer):
            await self.flush()
        if self.new.may_wait(offer):
            self.new.put_off.append((received, offer))
        elif not await list_inserts.insert(self.connection, [(received, offer)]):
            self.new.forget()  # it was not as it was looked up
            return False
        self.new.add(offer)
        self.known[received.id] = received
        self.identities[received.id] = {one.running_number: one.identity for one in offer.persons}
        return True

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
        self.new.places.leave(after.id, _given_up(before, after))

    async def flush(self) -> None:
        """Write what is new, and then what has changed, in the order of ids."""
        await self.new.flush()
        if self.written:
            changed = [(self.written[list_id], self.known[list_id]) for list_id in sorted(self.written)]
            await list_writes.update(self.connection, changed)
            self.written.clear()
        self.new.places.given_up.clear()
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
        self.new.forget()


def _given_up(before: DistributionList, after: DistributionList) -> set[int]:
    changed = after.changed_persons(before)
    return {person.running_number for person in changed if person.status in list_writes.GIVES_UP_ITS_PLACE}
