"""The answer and the placement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.distribution.domain.answering import confirm_placement, send_answer
from services.distribution.domain.codes import DeclineReason, ListStatus, PersonStatus, PlaceKind, PlacementPolicy
from services.distribution.domain.events import (
    DeclinedPlace,
    ListAnswered,
    PersonPlace,
    PersonsPlaced,
)
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    NotApproved,
    Refusal,
    RoleMayNotWrite,
    VersionConflict,
)
from services.distribution.domain.treatment import approve
from tests.unit.distribution.samples import AT, KARI, NO_HOUSING, OLA, READER, a_list, asked, form

AUTOMATIC, CONFIRMED = PlacementPolicy.AUTOMATIC, PlacementPolicy.IMDI_CONFIRMED
TODAY = date(2026, 11, 24)
FIRST, MINOR = PersonPlace(1, PlaceKind.ORDINARY), PersonPlace(3, PlaceKind.UNACCOMPANIED_MINOR)


def done(decided: Decided | Refusal | list[Problem]) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


def approved_list() -> DistributionList:
    received = a_list()
    return done(approve(received, form(received, _2=NO_HOUSING), asked(received)))


def answered_list(policy: PlacementPolicy) -> DistributionList:
    approved = approved_list()
    return done(send_answer(approved, asked(approved), accepted_at=AT, policy=policy))


def test_an_answer_places_the_accepted_at_once() -> None:
    """Two facts in one transaction: declined persons release their places, accepted ones are placed."""
    approved = approved_list()
    answered, events = send_answer(approved, asked(approved), accepted_at=AT, policy=AUTOMATIC)
    declined = DeclinedPlace(2, PlaceKind.ORDINARY, DeclineReason.NO_SUITABLE_HOUSING)
    assert events == (
        ListAnswered(4, (FIRST, MINOR), (declined,), answered_on=TODAY, late=False),
        PersonsPlaced(5, (FIRST, MINOR), placed_on=TODAY),
    )
    assert (answered.version, answered.places_version, answered.status) == (5, 5, ListStatus.ANSWERED)
    assert [person.status for person in answered.persons] == [
        PersonStatus.PLACED, PersonStatus.DECLINED, PersonStatus.PLACED,
    ]  # fmt: skip
    assert [person.placed_on for person in answered.persons] == [TODAY, None, TODAY]
    assert answered.placed == 2
    assert answered.answered is not None
    assert (answered.answered.display_name, answered.answered.at) == (KARI.display_name, AT)


def test_where_imdi_confirms_an_answer_places_nobody() -> None:
    """Accepted persons keep their requested places."""
    answered = answered_list(CONFIRMED)
    assert (answered.version, answered.places_version, answered.placed) == (4, 4, 0)
    assert [person.status for person in answered.persons] == [
        PersonStatus.ACCEPTED, PersonStatus.DECLINED, PersonStatus.ACCEPTED,
    ]  # fmt: skip


def test_an_answer_that_accepts_nobody_places_nobody() -> None:
    """One fact only."""
    received = a_list()
    approved = done(approve(received, form(received, _1=NO_HOUSING, _2=NO_HOUSING, _3=NO_HOUSING), asked(received)))
    _, events = send_answer(approved, asked(approved), accepted_at=AT, policy=AUTOMATIC)
    assert [type(event) for event in events] == [ListAnswered]


def test_lateness_and_days_follow_from_when_the_gateway_took_the_answer() -> None:
    """Sent on New Year's Eve in time, handled next year: in time, and of the old year."""
    approved = done(approve(received := a_list(deadline=date(2026, 12, 31)), form(received), asked(received)))
    in_time = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    handled = asked(approved, at=datetime(2027, 1, 2, tzinfo=UTC))
    answered, events = send_answer(approved, handled, accepted_at=in_time, policy=AUTOMATIC)
    assert not answered.late
    assert isinstance(events[1], PersonsPlaced)
    assert events[1].placed_on == date(2026, 12, 31)
    late, [told, _] = send_answer(approved, handled, accepted_at=in_time + timedelta(minutes=1), policy=AUTOMATIC)
    assert late.late
    assert isinstance(told, ListAnswered)
    assert (told.late, told.answered_on) == (True, date(2027, 1, 1))


@pytest.mark.parametrize("accepted_at", [AT + timedelta(days=30), AT - timedelta(days=30)])
def test_another_machines_clock_moves_no_answer_out_of_its_time(accepted_at: datetime) -> None:
    """Not after now, and not before the list was received."""
    approved = approved_list()
    answered = done(send_answer(approved, asked(approved), accepted_at=accepted_at, policy=AUTOMATIC))
    assert answered.answered is not None
    assert answered.answered.at == AT


def test_only_an_approved_list_in_the_approved_version_is_sent() -> None:
    """Not one under treatment, not by a reader, not one that was approved anew since."""
    received, approved = a_list(), approved_list()
    ask = {"accepted_at": AT, "policy": AUTOMATIC}
    assert send_answer(received, asked(received), **ask) == NotApproved(ListStatus.RECEIVED)
    assert send_answer(approved, asked(approved, READER), **ask) == RoleMayNotWrite(READER.role)
    assert send_answer(approved, asked(2, OLA), **ask) == VersionConflict(2, 3, KARI.display_name, AT)


def test_a_second_answer_is_told_of_the_first() -> None:
    """Who did it and when, though the second looked at the version that was approved."""
    answered = answered_list(AUTOMATIC)
    assert send_answer(answered, asked(3, OLA), accepted_at=AT, policy=AUTOMATIC) == AlreadyAnswered(
        KARI.display_name, AT
    )


def test_imdis_confirmation_places_whom_it_names() -> None:
    """On the day it comes; the others stay accepted, and a repeat changes nothing."""
    answered = answered_list(CONFIRMED)
    later = AT + timedelta(days=3)
    placed, events = confirm_placement(answered, [3], at=later)
    assert events == (PersonsPlaced(5, (MINOR,), placed_on=date(2026, 11, 27)),)
    assert [person.status for person in placed.persons] == [
        PersonStatus.ACCEPTED, PersonStatus.DECLINED, PersonStatus.PLACED,
    ]  # fmt: skip
    assert confirm_placement(placed, [3, 3], at=later) == (placed, ())
    both, events = confirm_placement(placed, [3, 1], at=later)
    assert events == (PersonsPlaced(6, (FIRST,), placed_on=date(2026, 11, 27)),)
    assert both.placed == 2


def test_a_confirmation_of_the_wrong_persons_places_nobody() -> None:
    """Each is told by its place in the message; before the answer there is nobody to place."""
    decided = confirm_placement(answered_list(CONFIRMED), [1, 2, 9], at=AT)
    assert isinstance(decided, list)
    assert [(problem.path, problem.code) for problem in decided] == [
        ("placed[1]", "not-accepted"), ("placed[2]", "unknown-person"),
    ]  # fmt: skip
    early = confirm_placement(approved_list(), [1], at=AT)
    assert isinstance(early, list)
    assert [problem.code for problem in early] == ["not-answered"]
