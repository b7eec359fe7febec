"""Requests and resolutions of a ledger year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.municipality.domain.codes import PlaceKind, Role
from services.municipality.domain.ledger import (
    LedgerYear,
    PlacesRequested,
    Request,
    RequestUnanswered,
    Resolution,
    YearId,
)
from services.municipality.domain.places import Sums
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    MoreThanRequested,
    ResolvedInTheFuture,
    ResolvedTooEarly,
    RoleMayNotWrite,
    YearOver,
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


def test_a_resolution_is_not_for_a_year_that_is_over() -> None:
    """Unless something is registered for it already: a mistyped year makes no ledger."""
    last = LedgerYear(YearId("k-0301", 2025))
    earlier = replace(RESOLUTION, resolved_on=date(2025, 2, 1))
    assert resolve(last, earlier) == YearOver(2026)
    asked, _ = last.request_places(REQUEST)
    assert isinstance(resolve(asked, earlier), tuple)


def test_a_resolution_is_not_dated_before_anybody_could_ask() -> None:
    """IMDi asks two years ahead at most: a year mistyped in the date is noticed; the first day is allowed."""
    assert resolve(YEAR, replace(RESOLUTION, resolved_on=date(2024, 12, 31))) == ResolvedTooEarly(date(2025, 1, 1))
    assert isinstance(resolve(YEAR, replace(RESOLUTION, resolved_on=date(2025, 1, 1))), tuple)


@pytest.mark.parametrize(
    ("changes", "kind", "asked"),
    [({"ordinary_places": 1001}, ORDINARY, 1000), ({"unaccompanied_minor_places": 41}, MINOR, 40)],
)
def test_more_than_imdi_asks_for_is_taken_where_it_is_meant(changes: Any, kind: PlaceKind, asked: int) -> None:
    """It is allowed, and more often a slip of the pen: whoever means it says so. As much as asked for needs no word."""
    year, _ = YEAR.request_places(REQUEST)
    more = replace(RESOLUTION, **changes)
    assert resolve(year, more) == MoreThanRequested(kind, asked)
    assert isinstance(resolve(year, more, more_is_meant=True), tuple)
    assert isinstance(resolve(year, replace(RESOLUTION, ordinary_places=1000, unaccompanied_minor_places=40)), tuple)
    assert isinstance(resolve(YEAR, more), tuple)


def test_a_request_waits_until_it_is_resolved_upon() -> None:
    """A changed request asks anew; the same resolution again is then the answer, and moves nothing."""
    asked, _ = YEAR.request_places(REQUEST)
    assert not YEAR.awaits_resolution
    assert asked.awaits_resolution
    resolved, _ = resolve(asked)
    assert not resolved.awaits_resolution
    anew, _ = resolved.request_places(replace(REQUEST, ordinary_places=950, received_at=AT + timedelta(days=1)))
    assert anew.awaits_resolution
    again, [event] = resolve(anew, replace(RESOLUTION, registered_at=AT + timedelta(days=2)))
    assert not again.awaits_resolution
    assert event.entries == ()
    assert again.sums == resolved.sums


def test_a_deadline_passes_with_the_end_of_its_day() -> None:
    """On the day itself a request can still be answered in time; afterwards that nobody did is a fact of the year."""
    asked, _ = YEAR.request_places(REQUEST)
    assert asked.pass_deadline(REQUEST.answer_by, AT) == (asked, [])
    passed, events = asked.pass_deadline(REQUEST.answer_by + timedelta(days=1), AT)
    assert events == [RequestUnanswered(asked.id, 2, REQUEST, AT)]
    assert (passed.version, passed.sums) == (2, asked.sums)


def test_no_deadline_passes_where_nothing_is_asked_or_all_is_answered() -> None:
    """Without a request there is nothing to answer; a resolution of nothing is an answer."""
    late = REQUEST.answer_by + timedelta(days=9)
    assert YEAR.pass_deadline(late, AT) == (YEAR, [])
    asked, _ = YEAR.request_places(REQUEST)
    refused, _ = resolve(asked, replace(RESOLUTION, ordinary_places=0))
    assert refused.pass_deadline(late, AT) == (refused, [])
