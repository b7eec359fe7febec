"""Boliger som passer: which reported homes are large enough for a household and have what its persons need.

A help and no decision: it looks at size and at what a home can be reported to have, and at nothing else of a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.codes import Need
from contracts.distribution.v1 import PersonState
from contracts.municipality.codes import HomeFeature, ReportStatus
from contracts.municipality.reports import Homes, ReportState

MEETS: Mapping[Need, frozenset[HomeFeature]] = {
    Need.STEP_FREE_HOME: frozenset({HomeFeature.STEP_FREE, HomeFeature.WHEELCHAIR_ACCESS}),
    Need.WHEELCHAIR_ACCESS: frozenset({HomeFeature.WHEELCHAIR_ACCESS}),
    Need.GROUND_FLOOR: frozenset({HomeFeature.GROUND_FLOOR}),
    Need.NEAR_HOSPITAL: frozenset({HomeFeature.NEAR_HOSPITAL}),
}
"""What of a home meets a need; of each one is enough. Needs that are no matter of the home are not there."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Homes that fit. ``ready``: free by the household's earliest arrival, or today."""

    report_id: str
    homes: Homes
    ready: bool


def needs_of(persons: Iterable[PersonState]) -> list[Need]:
    """Give the needs of a household that a home must meet, in the order of the codes."""
    wanted = {need for person in persons for need in person.needs}
    return [need for need in MEETS if need in wanted]


def fits(persons: Sequence[PersonState], reports: Iterable[ReportState], today: date) -> list[Fit]:
    """Give the homes that fit a household: those that are ready first, then the smallest that is large enough.

    ``persons``: those of the household who are to be settled; of nobody there is no home to find.
    """
    if not persons:
        return []
    wanted = [MEETS[need] for need in needs_of(persons)]
    arrival = max([today, *(person.earliest_arrival for person in persons if person.earliest_arrival)])
    found = [
        Fit(one.report_id, one.housing, one.housing.available_from <= arrival)
        for one in reports
        if one.status is ReportStatus.OPEN
        and one.housing is not None
        and one.housing.persons >= len(persons)
        and all(meeting & set(one.housing.features) for meeting in wanted)
    ]
    return sorted(found, key=_order)


def _order(fit: Fit) -> tuple[bool, int, int, date, str]:
    homes = fit.homes
    return not fit.ready, homes.persons, homes.bedrooms, homes.available_from, fit.report_id
