"""Sums of places and the entries they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.municipality.domain.codes import Movement, PlaceKind, Stage


@dataclass(frozen=True, slots=True)
class Sums:
    """The four sums of one kind of place; as a change, signed.

    ``left = agreed − settled − placed − requested`` (domain §4); below zero means more than agreed.
    """

    agreed: int = 0
    requested: int = 0
    placed: int = 0
    settled: int = 0

    @property
    def left(self) -> int:
        """Places left on the agreement."""
        return self.agreed - self.settled - self.placed - self.requested

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.agreed + other.agreed,
            self.requested + other.requested,
            self.placed + other.placed,
            self.settled + other.settled,
        )

    def __neg__(self) -> Sums:
        return Sums(-self.agreed, -self.requested, -self.placed, -self.settled)


NOTHING = Sums()

_HELD: dict[Stage, Sums] = {
    Stage.REQUESTED: Sums(requested=1),
    Stage.PLACED: Sums(placed=1),
    Stage.SETTLED: Sums(settled=1),
    Stage.RELEASED: NOTHING,
    Stage.WITHDRAWN: NOTHING,
}


def held_at(stage: Stage) -> Sums:
    """Return what one person at a stage adds to the sums."""
    return _HELD[stage]


@dataclass(frozen=True, slots=True)
class Cause:
    """The list's fact that caused an entry, and the person it is about."""

    list_id: str
    list_version: int
    running_number: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A signed change of one kind's sums. No cause: a resolution changed the agreement.

    ``number``: of the line of the ledger year that it is part of, 1, 2, 3 …; the ledger year gives it. Persons of
    whom one fact tells the same of the same kind of place share a line.
    """

    kind: PlaceKind
    movement: Movement
    change: Sums
    at: datetime
    cause: Cause | None = None
    number: int = 0
