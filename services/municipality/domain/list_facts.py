"""What a distribution list's facts say about places, whatever their message looked like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.municipality.domain.codes import PlaceKind, Stage

People = Iterable[tuple[int, PlaceKind]]
"""Running numbers with the kind of place each person takes."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place a fact gives a person: which kind, in which ledger year, and how it is held."""

    kind: PlaceKind
    year: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class ListFact:
    """A fact of a list at ``version``: the places of the persons it names.

    ``year`` is the list's own ledger year, in which its requested places are held. A fact says where its persons
    stand, not by how much anything changes: so a repeat, or facts in an odd order, cannot count twice.
    """

    list_id: str
    municipality_id: str
    year: int
    version: int
    at: datetime
    places: Mapping[int, Place]


@dataclass(frozen=True, slots=True)
class ListHead:
    """What all facts of a list carry."""

    list_id: str
    municipality_id: str
    year: int
    version: int
    at: datetime

    def received(self, people: People) -> ListFact:
        """Every person of a received list holds a requested place in the list's year."""
        return self._fact(_at(Stage.REQUESTED, self.year, people))

    def answered(self, accepted: People, declined: People) -> ListFact:
        """Keep accepted persons' requested places until they are placed, release the declined ones' (domain §4)."""
        kept = _at(Stage.REQUESTED, self.year, accepted)
        return self._fact(kept | _at(Stage.RELEASED, self.year, declined))

    def placed(self, people: People, placement_year: int) -> ListFact:
        """Give persons places in the calendar year of the placement, which may be another than the list's."""
        return self._fact(_at(Stage.PLACED, placement_year, people))

    def settled(self, people: People, placement_year: int) -> ListFact:
        """Settle persons in the year of their placement, even where they moved in during the next one."""
        return self._fact(_at(Stage.SETTLED, placement_year, people))

    def withdrawn(self, people: People) -> ListFact:
        """Release the places of whom IMDi took back, requested or placed, in whatever year they lie (domain §4)."""
        return self._fact(_at(Stage.WITHDRAWN, self.year, people))

    def _fact(self, places: Mapping[int, Place]) -> ListFact:
        return ListFact(self.list_id, self.municipality_id, self.year, self.version, self.at, places)


def _at(stage: Stage, year: int, people: People) -> dict[int, Place]:
    return {number: Place(kind, year, stage) for number, kind in people}
