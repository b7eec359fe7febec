"""The ledger of a municipality and year: the request, the resolution, and the sums that its entries make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.municipality.domain.codes import Movement, PlaceKind, Role
from services.municipality.domain.places import NOTHING, Entry, Sums
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    MoreThanRequested,
    Refusal,
    ResolvedInTheFuture,
    ResolvedTooEarly,
    RoleMayNotWrite,
    YearOver,
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

    def places(self, kind: PlaceKind) -> int:
        """How many of a kind IMDi asks for."""
        return self.ordinary_places if kind is PlaceKind.ORDINARY else self.unaccompanied_minor_places


@dataclass(frozen=True, slots=True)
class Resolution:
    """The municipality's resolution (vedtak): with the request it is the agreement. Zero places: refused."""

    ordinary_places: int
    unaccompanied_minor_places: int
    resolved_on: date
    case_number: str
    registered_at: datetime
    registered_by: str
    registered_by_name: str | None = None
    """The caseworker's name, for colleagues; None for what was registered before names were kept."""

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


@dataclass(frozen=True, slots=True)
class RequestUnanswered:
    """The day by which the request was to be answered is over, and no resolution has come."""

    id: YearId
    version: int
    request: Request
    at: datetime


LedgerEvent = PlacesRequested | ResolutionRegistered | PlacesMoved | RequestUnanswered


def _no_sums() -> Mapping[PlaceKind, Sums]:
    return dict.fromkeys(PlaceKind, NOTHING)


@dataclass(frozen=True, slots=True)
class LedgerYear:
    """One municipality's year. ``sums`` always equal the sum of all its entries; version 0: nothing happened yet.

    ``lines``: how many lines its entries make, which is also the number of the last one.
    """

    id: YearId
    version: int = 0
    request: Request | None = None
    resolution: Resolution | None = None
    sums: Mapping[PlaceKind, Sums] = field(default_factory=_no_sums)
    lines: int = 0

    @property
    def awaits_resolution(self) -> bool:
        """Whether IMDi has asked since the municipality last resolved. A changed request asks anew."""
        if self.request is None:
            return False
        return self.resolution is None or self.resolution.registered_at < self.request.received_at

    def request_places(self, request: Request) -> tuple[LedgerYear, list[LedgerEvent]]:
        """Take IMDi's request; the same numbers and date again change nothing."""
        if self.request is not None and replace(request, received_at=self.request.received_at) == self.request:
            return self, []
        year = replace(self, version=self.version + 1, request=request)
        return year, [PlacesRequested(year.id, year.version, request)]

    def move(self, list_id: str, list_version: int, entries: Sequence[Entry]) -> tuple[LedgerYear, PlacesMoved]:
        """Follow a list's fact with these entries."""
        numbered = self._numbered(entries)
        year = replace(self._with(numbered), version=self.version + 1)
        return year, PlacesMoved(year.id, year.version, list_id, list_version, numbered)

    def pass_deadline(self, today: date, at: datetime) -> tuple[LedgerYear, list[LedgerEvent]]:
        """Tell that the request's day is over and no resolution has come; nothing where that is not so."""
        if self.request is None or not self.awaits_resolution or today <= self.request.answer_by:
            return self, []
        year = replace(self, version=self.version + 1)
        return year, [RequestUnanswered(year.id, year.version, self.request, at)]

    def resolve(
        self, resolution: Resolution, *, role: Role, expected_version: int, today: date, more_is_meant: bool = False
    ) -> tuple[LedgerYear, list[LedgerEvent]] | Refusal:
        """Register the municipality's resolution; agreed becomes its numbers.

        The same again changes nothing, unless IMDi has asked since: then it is the answer. ``more_is_meant``: the
        actor has said that more places than IMDi asks for is no mistake.
        """
        if not role.may_write:
            return RoleMayNotWrite(role)
        if expected_version != self.version:
            return ChangedMeanwhile(expected_version, self.version)
        if refusal := self._refusal(resolution, today, more_is_meant=more_is_meant):
            return refusal
        if self.resolution is not None and not self.awaits_resolution and _same(resolution, self.resolution):
            return self, []
        at = resolution.registered_at
        changes = {kind: Sums(agreed=resolution.places(kind) - self.sums[kind].agreed) for kind in PlaceKind}
        entries = self._numbered(
            [Entry(kind, Movement.AGREED, change, at) for kind, change in changes.items() if change != NOTHING]
        )
        year = replace(self._with(entries), version=self.version + 1, resolution=resolution)
        return year, [ResolutionRegistered(year.id, year.version, resolution, entries)]

    def _refusal(self, resolution: Resolution, today: date, *, more_is_meant: bool) -> Refusal | None:
        if self.id.year > today.year + YEARS_AHEAD:
            return YearTooFarAhead(today.year + YEARS_AHEAD)
        if self.id.year < today.year and self.version == 0:
            return YearOver(today.year)
        if resolution.resolved_on > today:
            return ResolvedInTheFuture(today)
        earliest = date(self.id.year - YEARS_AHEAD, 1, 1)
        if resolution.resolved_on < earliest:
            return ResolvedTooEarly(earliest)
        if self.request is not None and not more_is_meant:
            for kind in PlaceKind:
                if resolution.places(kind) > self.request.places(kind):
                    return MoreThanRequested(kind, self.request.places(kind))
        return None

    def _numbered(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Give entries the numbers of their lines, on from the last: one kind and one movement share one."""
        lines: dict[tuple[PlaceKind, Movement], int] = {}
        for entry in entries:
            lines.setdefault((entry.kind, entry.movement), self.lines + len(lines) + 1)
        return tuple(replace(entry, number=lines[entry.kind, entry.movement]) for entry in entries)

    def _with(self, entries: Sequence[Entry]) -> LedgerYear:
        sums = dict(self.sums)
        for entry in entries:
            sums[entry.kind] += entry.change
        return replace(self, sums=sums, lines=max([self.lines, *(entry.number for entry in entries)]))


def _same(new: Resolution, old: Resolution) -> bool:
    as_before = replace(new, registered_by=old.registered_by, registered_by_name=old.registered_by_name)
    return replace(as_before, registered_at=old.registered_at) == old
