"""Requests and resolutions of a ledger year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.municipality.domain.codes import PlaceKind, Role
from services.municipality.domain.ledger import LedgerYear, PlacesRequested, Request, Resolution, YearId
from services.municipality.domain.places import Sums
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    ResolvedInTheFuture,
    RoleMayNotWrite,
    YearTooFarAhead,
)

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = AT.date()
YEAR = LedgerYear(YearId("k-0301", 2027))
REQUEST = Request(1000, 40, date(2026, 12, 15), AT)
RESOLUTION = Resolution(900, 0, TODAY, "2026/1234", AT, "user-1")
ORDINARY, MINOR = PlaceKind.ORDINARY, PlaceKind.UNACCOMPANIED_MINOR


def resolve(year: LedgerYear, resolution: Resolution = RESOLUTION, **changes: Any) -> Any:
    terms = {"role": Role.SETTLEMENT_WRITER, "expected_version": year.version, "today": TODAY} | changes
    return year.resolve(resolution, **terms)


def test_a_request_is_kept_and_moves_no_place() -> None:
    """What IMDi asks for is not agreed before the municipality has resolved."""
    year, events = YEAR.request_places(REQUEST)
    assert events == [PlacesRequested(YEAR.id, 1, REQUEST)]
    assert year.request == REQUEST
    assert year.sums == YEAR.sums


def test_the_same_request_again_changes_nothing() -> None:
    """Only the time of arrival differs: no event, and the first time stands."""
    year, _ = YEAR.request_places(REQUEST)
    again, events = year.request_places(replace(REQUEST, received_at=AT + timedelta(days=1)))
    assert (again, events) == (year, [])


def test_a_changed_request_replaces_the_former() -> None:
    """IMDi may ask anew for the same year."""
    year, _ = YEAR.request_places(REQUEST)
    changed, events = year.request_places(replace(REQUEST, ordinary_places=1200))
    assert changed.version == 2
    assert [event.version for event in events] == [2]
    assert changed.request is not None
    assert changed.request.ordinary_places == 1200


def test_a_resolution_sets_what_is_agreed_by_entries() -> None:
    """Agreed becomes the resolution's numbers; each kind that changes has an entry with the difference."""
    year, [event] = resolve(YEAR)
    assert year.sums == {ORDINARY: Sums(agreed=900), MINOR: Sums()}
    assert [(entry.kind, entry.change) for entry in event.entries] == [(ORDINARY, Sums(agreed=900))]
    later, [event] = resolve(year, replace(RESOLUTION, ordinary_places=800, unaccompanied_minor_places=5))
    assert later.sums == {ORDINARY: Sums(agreed=800), MINOR: Sums(agreed=5)}
    assert [entry.change.agreed for entry in event.entries] == [-100, 5]
    assert later.version == 2


def test_a_resolution_of_zero_is_a_resolution() -> None:
    """Zero refuses; that is not the same as nothing registered, though no sum changes."""
    year, [event] = resolve(YEAR, replace(RESOLUTION, ordinary_places=0))
    assert year.resolution is not None
    assert year.version == 1
    assert event.entries == ()


def test_the_same_resolution_again_changes_nothing() -> None:
    """Registered by another user at another time, it is still the same resolution."""
    year, _ = resolve(YEAR)
    later = replace(RESOLUTION, registered_at=AT + timedelta(hours=1), registered_by="user-2")
    assert resolve(year, later) == (year, [])


@pytest.mark.parametrize("role", [Role.SETTLEMENT_READER, Role.IMDI])
def test_who_only_reads_registers_no_resolution(role: Role) -> None:
    """Only settlement writers, and the system, change what is the municipality's."""
    assert resolve(YEAR, role=role) == RoleMayNotWrite(role)
    assert isinstance(resolve(YEAR, role=Role.SYSTEM), tuple)


def test_a_resolution_on_another_version_is_refused() -> None:
    """Whoever looked at an earlier ledger looks again; a year that does not exist yet is at version 0."""
    year, _ = YEAR.request_places(REQUEST)
    assert resolve(year, expected_version=0) == ChangedMeanwhile(expected=0, actual=1)
    assert resolve(YEAR, expected_version=1) == ChangedMeanwhile(expected=1, actual=0)


def test_a_resolution_is_not_dated_after_today() -> None:
    """A decision is made before it is registered; today is allowed."""
    assert resolve(YEAR, replace(RESOLUTION, resolved_on=TODAY + timedelta(days=1))) == ResolvedInTheFuture(TODAY)


def test_a_resolution_is_for_two_years_ahead_at_most() -> None:
    """As far as IMDi may ask; a mistyped year makes no ledger."""
    assert isinstance(resolve(LedgerYear(YearId("k-0301", 2028))), tuple)
    assert resolve(LedgerYear(YearId("k-0301", 2029))) == YearTooFarAhead(2028)
