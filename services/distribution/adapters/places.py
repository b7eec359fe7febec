"""Who holds a place on which list, by DUF number and by identity number."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from chassis.storage.database import Connection
from services.distribution.domain.offer_checks import OpenElsewhere, PersonFields
from services.distribution.domain.persons import Identity
from services.distribution.use_cases.ports import Numbered

# Two questions in one, so that each is answered from its own partial index.
HELD = """
SELECT 'duf' AS kind, duf_number AS number, list_id, running_number FROM person_identity
WHERE open AND duf_number = ANY($1)
UNION ALL
SELECT 'identity', identity_number, list_id, running_number FROM person_identity
WHERE open AND identity_number = ANY($2)
"""

Number: TypeAlias = tuple[str, str]
"""Of which kind (DUF or IDENTITY), and the number itself."""
Place: TypeAlias = tuple[str, int]
"""On which list, and under which running number there."""

DUF = "duf"
IDENTITY = "identity"


def numbers_of(persons: Iterable[Numbered]) -> Iterator[Number]:
    """Yield the numbers by which persons are known."""
    for person in persons:
        if person.duf_number is not None:
            yield DUF, person.duf_number
        if person.identity_number is not None:
            yield IDENTITY, person.identity_number


@dataclass(slots=True)
class Places:
    """What was found in the table, and what a transaction has done since.

    asked: numbers of which it is known. held: where a number holds a place, if it does; on one list at most.
    given_up: numbers whose place was given up, and is held in the table yet.
    """

    asked: set[Number] = field(default_factory=set, repr=False)
    held: dict[Number, Place] = field(default_factory=dict, repr=False)
    given_up: set[Number] = field(default_factory=set, repr=False)

    async def look_up(self, connection: Connection, numbers: Collection[Number]) -> None:
        """Ask of all these at once."""
        by_kind: dict[str, list[str]] = {DUF: [], IDENTITY: []}
        for kind, number in numbers:
            by_kind[kind].append(number)
        rows = await connection.fetch(HELD, by_kind[DUF], by_kind[IDENTITY])
        self.asked.update(numbers)
        self.held |= {(row["kind"], row["number"]): (row["list_id"], row["running_number"]) for row in rows}

    def take(self, list_id: str, running_number: int, person: Identity) -> None:
        """Have a person hold a place."""
        self.held |= dict.fromkeys(numbers_of([person]), (list_id, running_number))

    def leave(self, list_id: str, running_numbers: Collection[int]) -> None:
        """Have persons of a list give up their places."""
        left = {number for number, (of, who) in self.held.items() if of == list_id and who in running_numbers}
        self.given_up |= left
        for number in left:
            del self.held[number]

    def elsewhere(self, but_on: Collection[str | None], persons: Sequence[PersonFields]) -> list[OpenElsewhere]:
        """Tell which of these persons hold a place on another list than those of ``but_on``, in their order."""
        found = []
        for position, person in enumerate(persons):
            kinds = {number[0] for number in numbers_of([person]) if self._is_elsewhere(number, but_on)}
            if kinds:
                found.append(OpenElsewhere(position, DUF in kinds, IDENTITY in kinds))
        return found

    def _is_elsewhere(self, number: Number, but_on: Collection[str | None]) -> bool:
        place = self.held.get(number)
        return place is not None and place[0] not in but_on

    def forget(self) -> None:
        """Forget all."""
        self.asked.clear()
        self.held.clear()
        self.given_up.clear()
