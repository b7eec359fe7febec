"""New lists of a transaction: what could be in their way is asked of together, and they are written together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from chassis.errors import OvertakenError
from chassis.storage.database import Connection
from services.distribution.adapters import list_inserts, list_rows
from services.distribution.adapters.list_inserts import NewList
from services.distribution.adapters.places import Number, Places, numbers_of
from services.distribution.domain.offers import Offer


@dataclass(slots=True)
class NewLists:
    """Nothing of this is locked: that others were first shows when the lists are written.

    digests: of the offers that lists were made of; None: there was no such list. put_off: yet to be written.
    """

    connection: Connection
    digests: dict[str, bytes | None] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    put_off: list[NewList] = field(default_factory=list)

    async def look_up(self, list_ids: Collection[str], numbers: Collection[Number]) -> None:
        """Ask whether there are lists of these ids, and who of these numbers holds a place."""
        found = await list_rows.digests(self.connection, list_ids)
        self.digests |= {list_id: found.get(list_id) for list_id in list_ids}
        await self.places.look_up(self.connection, numbers)

    async def digest(self, list_id: str) -> bytes | None:
        """Tell the digest of the offer a list was made of."""
        if list_id not in self.digests:
            return (await list_rows.digests(self.connection, [list_id])).get(list_id)
        return self.digests[list_id]

    def may_wait(self, offer: Offer) -> bool:
        """Whether all that could be in its way was asked of, so that it is likely to be written with the others."""
        is_new = offer.list_id in self.digests and self.digests[offer.list_id] is None
        return is_new and self.places.asked.issuperset(_numbers(offer))

    def takes_over(self, offer: Offer) -> bool:
        """Whether it takes a place that is given up only in this transaction, and is held in the table yet."""
        return not self.places.given_up.isdisjoint(_numbers(offer))

    def add(self, offer: Offer) -> None:
        """Know of a list that was added."""
        self.digests[offer.list_id] = offer.digest
        for person in offer.persons:
            self.places.take(offer.list_id, person.running_number, person.identity)

    async def flush(self) -> None:
        """Write what was put off. Raises OvertakenError where others were first with one of them."""
        if self.put_off:
            put_off, self.put_off = self.put_off, []
            if not await list_inserts.insert(self.connection, put_off):
                raise OvertakenError

    def forget(self) -> None:
        """Forget all: it has been undone."""
        self.digests.clear()
        self.places.forget()
        self.put_off.clear()


def _numbers(offer: Offer) -> set[Number]:
    return set(numbers_of(person.identity for person in offer.persons))
