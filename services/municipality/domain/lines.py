"""The lines of a ledger year as people read them: what one fact tells of several persons stands on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.municipality.domain.codes import Movement, PlaceKind
from services.municipality.domain.ledger import LedgerEvent, PlacesMoved, ResolutionRegistered, YearId
from services.municipality.domain.places import NOTHING, Entry, Sums


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a ledger year. Without ``list_id`` a resolution changed the agreement, at ``ledger_version``."""

    year_id: YearId
    number: int
    ledger_version: int
    kind: PlaceKind
    movement: Movement
    change: Sums
    at: datetime
    list_id: str | None = None
    list_version: int | None = None
    running_numbers: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.year_id}/entries/{self.number}"


def lines_of(event: LedgerEvent) -> list[Line]:
    """Tell the lines that an event added, in their order."""
    if not isinstance(event, PlacesMoved | ResolutionRegistered):
        return []
    by_number: dict[int, list[Entry]] = {}
    for entry in event.entries:
        by_number.setdefault(entry.number, []).append(entry)
    return [_line(event, by_number[number]) for number in sorted(by_number)]


def _line(event: PlacesMoved | ResolutionRegistered, entries: Sequence[Entry]) -> Line:
    first = entries[0]
    cause = first.cause
    return Line(
        year_id=event.id,
        number=first.number,
        ledger_version=event.version,
        kind=first.kind,
        movement=first.movement,
        change=sum((entry.change for entry in entries), NOTHING),
        at=first.at,
        list_id=cause.list_id if cause else None,
        list_version=cause.list_version if cause else None,
        running_numbers=tuple(sorted(entry.cause.running_number for entry in entries if entry.cause)),
    )
