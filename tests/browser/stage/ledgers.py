"""The invented world's ledgers: years, what each list holds, and the lines that add up to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from contracts.codes import (
    ListStatus,
    Movement,
    PlaceKind,
)
from contracts.municipality.v1 import (
    LedgerChangeState,
    LedgerEntryState,
    LedgerListState,
    LedgerYearState,
    Places,
    Request,
    Resolution,
)
from tests.browser.stage.world import ALESUND, OSLO, SULA, OneList, now


def ledger(
    municipality_id: str,
    year: int,
    agreed: tuple[int, int] | None,
    *,
    settled: int,
    placed: int,
    requested: tuple[int, int],
) -> LedgerYearState:
    ordinary, minors = agreed or (0, 0)
    at = datetime(year, 1, 28, 9, 0, tzinfo=UTC)
    return LedgerYearState(
        municipality_id=municipality_id,
        year=year,
        request=Request(
            ordinary_places=ordinary or 50,
            unaccompanied_minor_places=minors,
            answer_by=date(year, 2, 1),
            received_at=at,
        ),
        resolution=Resolution(
            ordinary_places=ordinary,
            unaccompanied_minor_places=minors,
            resolved_on=date(year, 1, 28),
            case_number=f"{year}/00123",
            registered_at=at,
        )
        if agreed
        else None,
        ordinary=Places(
            agreed=ordinary if agreed else None,
            requested=requested[0],
            placed=placed,
            settled=settled,
            left=ordinary - settled - placed - requested[0],
        ),
        unaccompanied_minor=Places(
            agreed=minors if agreed else None,
            requested=requested[1],
            placed=2,
            settled=20 if minors else 0,
            left=minors - requested[1] - 2 - (20 if minors else 0),
        ),
    )


def ledger_list(one: OneList) -> LedgerListState:
    """Tell what the ledger says of a list it has followed."""
    answered_list = one.state.status is ListStatus.ANSWERED
    return LedgerListState(
        municipality_id=one.state.municipality_id,
        year=one.state.year,
        list_id=one.state.list_id,
        list_version=one.state.places_version,
        requested=0 if answered_list else one.state.persons,
        placed=one.state.placed - one.state.settled,
        settled=one.state.settled,
    )


def ledgers() -> Iterator[LedgerYearState]:
    year = now().year
    yield ledger(OSLO, year, (1850, 40), settled=1702, placed=73, requested=(70, 4))
    yield ledger(OSLO, year - 1, (2000, 60), settled=1988, placed=0, requested=(0, 0))
    yield ledger(SULA, year, (30, 0), settled=25, placed=3, requested=(3, 0))
    yield ledger(ALESUND, year, None, settled=0, placed=0, requested=(0, 0))


def empty_year(municipality_id: str, year: int) -> LedgerYearState:
    """Give a year in which nothing has happened."""
    none = Places(agreed=None, requested=0, placed=0, settled=0, left=0)
    return LedgerYearState(municipality_id=municipality_id, year=year, ordinary=none, unaccompanied_minor=none)


def agreed(state: LedgerYearState, made: Resolution) -> LedgerYearState:
    """Give the year with a resolution, and what is left then."""

    def kind(places: Places, number: int) -> Places:
        left = number - places.settled - places.placed - places.requested
        return places.model_copy(update={"agreed": number, "left": left})

    return state.model_copy(
        update={
            "resolution": made,
            "ordinary": kind(state.ordinary, made.ordinary_places),
            "unaccompanied_minor": kind(state.unaccompanied_minor, made.unaccompanied_minor_places),
        }
    )


def changes(year: LedgerYearState) -> Iterator[LedgerChangeState]:
    """Tell a year's history: the request, and the resolution upon it."""
    about = {"municipality_id": year.municipality_id, "year": year.year}
    if year.request:
        yield LedgerChangeState(**about, version=1, at=year.request.received_at, request=year.request)
    if year.resolution:
        yield LedgerChangeState(**about, version=2, at=year.resolution.registered_at, resolution=year.resolution)


MOVES = {
    Movement.AGREED: (1, 0, 0, 0),
    Movement.REQUESTED: (0, 1, 0, 0),
    Movement.RELEASED: (0, -1, 0, 0),
    Movement.PLACED: (0, -1, 1, 0),
    Movement.SETTLED: (0, 0, -1, 1),
}
AT_MOST = 60
"""Persons on an invented list."""


class Lines:
    """Makes a year's lines, one after the other."""

    def __init__(self, year: LedgerYearState) -> None:
        self.year = year
        self.made: list[LedgerEntryState] = []
        self.version = 2

    def add(self, kind: PlaceKind, movement: Movement, count: int, at: datetime, list_id: str | None = None) -> None:
        agreed, requested, placed, settled = (one * count for one in MOVES[movement])
        self.version += list_id is not None
        self.made.append(
            LedgerEntryState(
                municipality_id=self.year.municipality_id,
                year=self.year.year,
                number=len(self.made) + 1,
                ledger_version=self.version,
                at=at,
                place_kind=kind,
                movement=movement,
                agreed=agreed,
                requested=requested,
                placed=placed,
                settled=settled,
                list_id=list_id,
                list_version=1 if list_id else None,
                running_numbers=list(range(1, count + 1)) if list_id else [],
            )
        )

    def fill(self, kind: PlaceKind, places: Places) -> None:
        """Add what is needed for the sums to be ``places``: lists of earlier in the year."""
        start = datetime(self.year.year, 2, 1, 9, 0, tzinfo=UTC)
        steps = (Movement.REQUESTED, Movement.PLACED, Movement.SETTLED)
        for reach, whole in ((3, places.settled), (2, places.placed), (1, places.requested)):
            for first in range(0, whole, AT_MOST):
                list_id = f"FL-{self.year.year}-{100 * reach + len(self.made):06}"
                for step, movement in enumerate(steps[:reach]):
                    at = start + timedelta(days=first // AT_MOST * 7 + step * 6)
                    self.add(kind, movement, min(AT_MOST, whole - first), at, list_id)


def entries(year: LedgerYearState) -> list[LedgerEntryState]:
    """Give lines that add up to the year's sums."""
    lines = Lines(year)
    kinds = {PlaceKind.ORDINARY: year.ordinary, PlaceKind.UNACCOMPANIED_MINOR: year.unaccompanied_minor}
    for kind, places in kinds.items():
        if year.resolution and places.agreed:
            lines.add(kind, Movement.AGREED, places.agreed, year.resolution.registered_at)
    for kind, places in kinds.items():
        lines.fill(kind, places)
    return lines.made
