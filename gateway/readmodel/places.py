"""The places of one year, as the pages reckon with them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.codes import PlaceKind
from contracts.municipality.v1 import LedgerYearState, Places


@dataclass(frozen=True, slots=True)
class AnsweredPlaces:
    """One kind of place on an answering page.

    without_list: places left if the list were declined as a whole.
    on_list: persons of the list that would take such a place.
    accepted: how many of them are marked for settlement.
    """

    kind: PlaceKind
    sums: Places
    agreement: bool
    without_list: int
    on_list: int
    accepted: int

    @property
    def after(self) -> int:
        """Places left when the answer is sent with the present marks; below zero: more than agreed."""
        return self.without_list - self.accepted

    @property
    def over(self) -> int:
        """How many more than agreed the present marks take."""
        return max(0, -self.after)


NO_PLACES = Places(agreed=None, requested=0, placed=0, settled=0, left=0)


def awaits_resolution(year: LedgerYearState) -> bool:
    """Whether IMDi has asked since the municipality last resolved: a changed request asks anew."""
    if year.request is None:
        return False
    return year.resolution is None or year.resolution.registered_at < year.request.received_at


def sums(year: LedgerYearState | None, kind: PlaceKind) -> Places:
    """Give the sums of one kind; all zero where the ledger has no such year."""
    if year is None:
        return NO_PLACES
    return year.ordinary if kind is PlaceKind.ORDINARY else year.unaccompanied_minor


def answered_places(
    year: LedgerYearState | None, kind: PlaceKind, *, on_list: int, accepted: int, counted: bool
) -> AnsweredPlaces:
    """Tell what an answer does to one kind of place. ``counted``: the year's sums hold the list's places."""
    kept = sums(year, kind)
    return AnsweredPlaces(
        kind=kind,
        sums=kept,
        agreement=kept.agreed is not None,
        without_list=kept.left + (on_list if counted else 0),
        on_list=on_list,
        accepted=accepted,
    )
