"""IMDi offers persons of a list again, on another: the two know of each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.events import ListOfferedAgain
from services.distribution.domain.lists import Decided, DistributionList


@dataclass(frozen=True, slots=True)
class Replacement:
    """Which list a new one replaces. ``shown``: whether it is of the same municipality, which then may see its id."""

    list_id: str
    shown: bool


def replacement(replaced: DistributionList, municipality_id: str) -> Replacement:
    """Say what a list of this municipality replaces."""
    return Replacement(replaced.id, replaced.municipality_id == municipality_id)


def offered_again(replaced: DistributionList, by: DistributionList) -> Decided:
    """Note that another list offers persons of this one again; its id only where the municipality is the same.

    Nobody's work on the list is touched: a page that was opened before can still be sent.
    """
    shown = by.municipality_id == replaced.municipality_id
    events = (ListOfferedAgain(replaced.version + 1, by.id if shown else None),)
    replaced_by = (*replaced.replaced_by, by.id) if shown else replaced.replaced_by
    return replaced.after(events, replaced_by=replaced_by, offered_again_at=_later(replaced, by)), events


def _later(replaced: DistributionList, by: DistributionList) -> datetime:
    return max(replaced.offered_again_at or by.received_at, by.received_at)
