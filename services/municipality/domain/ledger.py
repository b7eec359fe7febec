"""The ledger of a municipality and year: the request, the resolution, and the sums that its entries make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.municipality.domain.codes import PlaceKind, Role
from services.municipality.domain.places import NOTHING, Entry, Sums
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    Refusal,
    ResolvedInTheFuture,
    RoleMayNotWrite,
    YearTooFarAhead,
)

YEARS_AHEAD = 2
"""How many years ahead of this one IMDi may request places and a municipality may resolve."""


@dataclass(frozen=True, slots=True, order=True)
class YearId:
    """A ledger year. Ids sort, so that several are always locked in the same order."""

    municipality_id: str
    year: int

    def __str__(self) -> str:
        return f"{self.municipality_id}/{self.year}"


@dataclass(frozen=True, slots=True)
class Request:
    """IMDi's request (anmodning) for the year."""

    ordinary_places: int
    unaccompanied_minor_places: int
    answer_by: date
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """The municipality's resolution (vedtak): with the request it is the agreement. Zero places: refused."""

    ordinary_places: int
    unaccompanied_minor_places: int
    resolved_on: date
    case_number: str
    registered_at: datetime
    registered_by: str

    def places(self, kind: PlaceKind) -> int:
        """How many of a kind the municipality takes."""
        return self.ordinary_places if kind is PlaceKind.ORDINARY else self.unaccompanied_minor_places


@dataclass(frozen=True, slots=True)
class PlacesRequested:
    """IMDi's request for the year has arrived, or changed."""

    id: YearId
    version: int
    request: Request


@dataclass(frozen=True, slots=True)
class ResolutionRegistered:
    """The municipality resolved; ``entries`` bring the agreed sums to the new numbers."""

    id: YearId
    version: int
    resolution: Resolution
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class PlacesMoved:
    """A list's fact has been followed. Without entries it moved nothing here, but is accounted for."""

    id: YearId
    version: int
    list_id: str
    list_version: int
    entries: tuple[Entry, ...]


LedgerEvent = PlacesRequested | ResolutionRegistered | PlacesMoved


def _no_sums() -> Mapping[PlaceKind, Sums]:
    return dict.fromkeys(PlaceKind, NOTHING)


@dataclass(frozen=True, slots=True)
class LedgerYear:
    """One municipality's year. ``sums`` always equal the sum of all its entries; version 0: nothing happened yet."""

    id: YearId
    version: int = 0
    request: Request | None = None
    resolution: Resolution | None = None
    sums: Mapping[PlaceKind, Sums] = field(default_factory=_no_sums)

    def request_places(self, request: Request) -> tuple[LedgerYear, list[LedgerEvent]]:
        """Take IMDi's request; the same numbers and date again change nothing."""
        if self.request is not None and replace(request, received_at=self.request.received_at) == self.request:
            return self, []
        year = replace(self, version=self.version + 1, request=request)
        return year, [PlacesRequested(year.id, year.version, request)]

    def move(self, list_id: str, list_version: int, entries: Sequence[Entry]) -> tuple[LedgerYear, PlacesMoved]:
        """Follow a list's fact with these entries."""
        year = replace(self._with(entries), version=self.version + 1)
        return year, PlacesMoved(year.id, year.version, list_id, list_version, tuple(entries))

    def resolve(
        self, resolution: Resolution, *, role: Role, expected_version: int, today: date
    ) -> tuple[LedgerYear, list[LedgerEvent]] | Refusal:
        """Register the municipality's resolution; agreed becomes its numbers. The same again changes nothing."""
        if not role.may_write:
            return RoleMayNotWrite(role)
        if expected_version != self.version:
            return ChangedMeanwhile(expected_version, self.version)
        if self.id.year > today.year + YEARS_AHEAD:
            return YearTooFarAhead(today.year + YEARS_AHEAD)
        if resolution.resolved_on > today:
            return ResolvedInTheFuture(today)
        if self.resolution is not None and _same(resolution, self.resolution):
            return self, []
        at = resolution.registered_at
        changes = {kind: Sums(agreed=resolution.places(kind) - self.sums[kind].agreed) for kind in PlaceKind}
        entries = [Entry(kind, change, at) for kind, change in changes.items() if change != NOTHING]
        year = replace(self._with(entries), version=self.version + 1, resolution=resolution)
        return year, [ResolutionRegistered(year.id, year.version, resolution, tuple(entries))]

    def _with(self, entries: Sequence[Entry]) -> LedgerYear:
        sums = dict(self.sums)
        for entry in entries:
            sums[entry.kind] += entry.change
        return replace(self, sums=sums)


def _same(new: Resolution, old: Resolution) -> bool:
    return replace(new, registered_at=old.registered_at, registered_by=old.registered_by) == old
