"""What happens when IMDi takes a list or persons back, at every moment of the municipality's work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from services.distribution.domain.answering import confirm_placement, send_answer
from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.codes import ListStatus, PersonStatus, PlacementPolicy, WithdrawalReason
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import ListWithdrawn, PersonsWithdrawn, ReturnedToTreatment
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.persons import Decision
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    ListWasWithdrawn,
    PersonsWereWithdrawn,
    Refusal,
    RoleMayNotWrite,
    VersionConflict,
)
from services.distribution.domain.settlement import register_settlement
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from tests.unit.distribution.samples import AT, NO_HOUSING, OLA, READER, a_list, asked, form, numbers

WHY = WithdrawalReason.OFFERED_ELSEWHERE
LATER = AT + timedelta(hours=1)


def after(decided: Decided | Refusal | list[Problem]) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


def received() -> DistributionList:
    return a_list()


def drafted() -> DistributionList:
    current = a_list()
    return after(save_decisions(current, form(current, "Hei", _2=NO_HOUSING), asked(current)))


def approved() -> DistributionList:
    current = a_list()
    return after(approve(current, form(current, "Hei", _2=NO_HOUSING), asked(current)))


def answered(policy: PlacementPolicy = PlacementPolicy.IMDI_CONFIRMED) -> DistributionList:
    current = approved()
    return after(send_answer(current, asked(current), accepted_at=AT, policy=policy))


def placed() -> DistributionList:
    return answered(PlacementPolicy.AUTOMATIC)


def settled() -> DistributionList:
    current = placed()
    return after(register_settlement(current, asked(current), running_number=1, settlement_date=day_in_oslo(AT)))


Moment = Callable[[], DistributionList]
BEFORE_THE_ANSWER = [received, drafted, approved]
AFTER_THE_ANSWER = [answered, placed]


@dataclass(frozen=True)
class Commands:
    """Everything a municipality may ask, by somebody who looked at ``version``."""

    current: DistributionList
    version: int

    def outcomes(self) -> list[Decided | Refusal]:
        current, seen = self.current, asked(self.version)
        return [
            save_decisions(current, form(current), seen),
            approve(current, form(current), seen),
            return_to_treatment(current, seen),
            send_answer(current, seen, accepted_at=AT, policy=PlacementPolicy.AUTOMATIC),
            register_settlement(current, seen, running_number=1, settlement_date=day_in_oslo(AT)),
        ]


@pytest.mark.parametrize("moment", [*BEFORE_THE_ANSWER, *AFTER_THE_ANSWER])
def test_a_list_is_taken_back_at_any_moment(moment: Moment) -> None:
    """One fact names whoever was still to be settled; the decisions, the answer and the placements stay as history."""
    current = moment()
    gone, events = withdraw_list(current, WHY, at=LATER)
    assert len(events) == 1
    event = events[0]
    assert isinstance(event, ListWithdrawn)
    assert (event.version, event.reason) == (current.version + 1, WHY)
    was_answered = current.status is ListStatus.ANSWERED
    assert numbers(event.persons) == ([1, 3] if was_answered else [1, 2, 3])
    assert (gone.status, gone.version, gone.places_version) == (ListStatus.WITHDRAWN, event.version, event.version)
    assert gone.withdrawn is not None
    assert (gone.withdrawn.at, gone.withdrawn.reason) == (LATER, WHY)
    assert [person.status is PersonStatus.WITHDRAWN for person in gone.persons] == [True, not was_answered, True]
    assert [person.decision for person in gone.persons] == [person.decision for person in current.persons]
    assert [person.placed_on for person in gone.persons] == [person.placed_on for person in current.persons]
    assert (gone.answered, gone.late, gone.message) == (current.answered, current.late, current.message)
    assert (gone.accepted, gone.declined, gone.placed) == (0, int(was_answered), 0)
    assert gone.changed is not None
    assert gone.changed.display_name == "IMDi"


@pytest.mark.parametrize("moment", [*BEFORE_THE_ANSWER, *AFTER_THE_ANSWER])
def test_a_person_is_taken_back_at_any_moment(moment: Moment) -> None:
    """The others stay where they are; an approval falls, since it was of another set of persons."""
    current = moment()
    left, events = withdraw_persons(current, [3], WHY, at=LATER)
    assert isinstance(events[0], PersonsWithdrawn)
    assert numbers(events[0].persons) == [3]
    if current.status is ListStatus.APPROVED:
        assert isinstance(events[1], ReturnedToTreatment)
        assert (left.status, left.approved) == (ListStatus.UNDER_TREATMENT, None)
    else:
        assert len(events) == 1
        assert (left.status, left.approved) == (current.status, current.approved)
    assert left.version == current.version + len(events)
    assert left.places_version == current.version + 1
    assert left.withdrawn is None
    assert left.persons[:2] == current.persons[:2]
    assert left.persons[2].status is PersonStatus.WITHDRAWN
    assert left.message == current.message
    assert left.accepted + left.declined == len(left.present) == 2


@pytest.mark.parametrize("moment", [*BEFORE_THE_ANSWER, *AFTER_THE_ANSWER])
def test_with_the_last_person_the_list_is_withdrawn(moment: Moment) -> None:
    """Whoever the municipality declined is nobody to be settled."""
    current = moment()
    decline_counts = current.status is ListStatus.ANSWERED
    left, _ = withdraw_persons(current, [1] if decline_counts else [1, 2], WHY, at=AT)
    gone, events = withdraw_persons(left, [3], WHY, at=LATER)
    assert [type(event) for event in events] == [ListWithdrawn]
    assert gone.status is ListStatus.WITHDRAWN


@pytest.mark.parametrize("moment", [*BEFORE_THE_ANSWER, *AFTER_THE_ANSWER])
def test_taken_back_twice_is_taken_back_once(moment: Moment) -> None:
    """A repeat changes nothing, nor does a person's withdrawal after the list's, or of some who are gone already."""
    gone, _ = withdraw_list(moment(), WHY, at=AT)
    again = WithdrawalReason.OTHER
    assert withdraw_list(gone, again, at=LATER) == (gone, ())
    assert withdraw_persons(gone, [1, 3], again, at=LATER) == (gone, ())
    left, _ = withdraw_persons(moment(), [3], WHY, at=AT)
    assert withdraw_persons(left, [3, 3], again, at=LATER) == (left, ())
    both, events = withdraw_persons(left, [1, 3], again, at=LATER)
    assert numbers(events[0].persons) == [1]  # type: ignore[union-attr]
    assert both.persons[2] == left.persons[2]


def test_the_rest_of_a_list_is_taken_back_after_a_person() -> None:
    """The fact names whoever was left."""
    left, _ = withdraw_persons(received(), [2], WHY, at=AT)
    gone, events = withdraw_list(left, WithdrawalReason.OTHER, at=LATER)
    assert numbers(events[0].persons) == [1, 3]  # type: ignore[union-attr]
    assert gone.persons[1].withdrawn == left.persons[1].withdrawn


def test_who_has_moved_in_is_not_taken_back() -> None:
    """Neither alone, nor with the list, nor among others, who then stay too; the others alone may go."""
    current = settled()
    assert withdraw_list(current, WHY, at=LATER) == [
        Problem(
            "list_id",
            "already-settled",
            "Somebody on the list has moved in. Withdraw the others by their running numbers.",
        )
    ]
    found = withdraw_persons(current, [3, 1, 9], WHY, at=LATER)
    assert isinstance(found, list)
    assert [(problem.path, problem.code) for problem in found] == [
        ("persons[1]", "already-settled"),
        ("persons[2]", "unknown-person"),
    ]
    left, events = withdraw_persons(current, [3], WHY, at=LATER)
    assert [type(event) for event in events] == [PersonsWithdrawn]
    assert (left.status, left.settled, left.placed) == (ListStatus.ANSWERED, 1, 1)


def test_whom_the_municipality_declined_is_nobody_to_take_back() -> None:
    """Naming them changes nothing, and a list on which all were declined stays answered."""
    current = placed()
    assert withdraw_persons(current, [2], WHY, at=LATER) == (current, ())
    nobody = a_list()
    declined = form(nobody, _1=NO_HOUSING, _2=NO_HOUSING, _3=NO_HOUSING)
    nobody = after(approve(nobody, declined, asked(nobody)))
    nobody = after(send_answer(nobody, asked(nobody), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))
    assert withdraw_list(nobody, WHY, at=LATER) == (nobody, ())


@pytest.mark.parametrize("moment", [*BEFORE_THE_ANSWER, *AFTER_THE_ANSWER])
def test_nobody_works_on_a_withdrawn_list(moment: Moment) -> None:
    """Whatever version they looked at they are told that IMDi took it back; a reader that it may not write."""
    before = moment()
    gone, _ = withdraw_list(before, WHY, at=LATER)
    for version in (before.version, gone.version):
        assert set(Commands(gone, version).outcomes()) == {ListWasWithdrawn(LATER, WHY)}
    assert save_decisions(gone, form(gone), asked(gone, READER)) == RoleMayNotWrite(READER.role)
    found = confirm_placement(gone, [1], at=LATER)
    assert isinstance(found, list)
    assert [problem.code for problem in found] == ["list-withdrawn"]


@pytest.mark.parametrize("moment", BEFORE_THE_ANSWER)
def test_a_page_opened_before_a_person_was_withdrawn_is_refused(moment: Moment) -> None:
    """Whatever is asked from it, Send svar too, is told who is gone; from a page opened since, it goes on."""
    before = moment()
    left, _ = withdraw_persons(before, [3], WHY, at=LATER)
    assert set(Commands(left, before.version).outcomes()) == {PersonsWereWithdrawn((3,), LATER)}
    both, _ = withdraw_persons(left, [1], WHY, at=LATER + timedelta(hours=1))
    seen = asked(before.version)
    assert save_decisions(both, form(both), seen) == PersonsWereWithdrawn((1, 3), LATER + timedelta(hours=1))
    assert save_decisions(both, form(both), asked(left)) == PersonsWereWithdrawn((1,), LATER + timedelta(hours=1))


def test_a_form_may_not_name_who_is_withdrawn() -> None:
    """Not even on the present version; whoever is left must all be decided on, and goes out in the answer."""
    left, _ = withdraw_persons(approved(), [3], WHY, at=LATER)
    assert approve(left, form(left), asked(left)) == PersonsWereWithdrawn((3,), LATER)
    here = Form([(1, Decision()), (2, NO_HOUSING)])
    again = after(approve(left, here, asked(left)))
    sent, events = send_answer(again, asked(again), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC)  # type: ignore[misc]
    assert (numbers(events[0].accepted), numbers(events[0].declined)) == ([1], [2])
    assert [person.status for person in sent.persons] == [
        PersonStatus.PLACED, PersonStatus.DECLINED, PersonStatus.WITHDRAWN,
    ]  # fmt: skip


def test_whoever_comes_second_is_told_by_whom() -> None:
    """Send svar before the withdrawal holds and is withdrawn after; withdrawn first, it is refused."""
    ready = approved()
    sent = after(send_answer(ready, asked(ready), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))
    gone, _ = withdraw_list(sent, WHY, at=LATER)
    assert (gone.answered, gone.status) == (sent.answered, ListStatus.WITHDRAWN)
    partly, _ = withdraw_persons(sent, [3], WHY, at=LATER)
    second = send_answer(partly, asked(ready, OLA), accepted_at=LATER, policy=PlacementPolicy.AUTOMATIC)
    assert second == AlreadyAnswered("Kari Nordmann", AT)
    first, _ = withdraw_list(ready, WHY, at=AT)
    refused = send_answer(first, asked(ready), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC)
    assert refused == ListWasWithdrawn(AT, WHY)


def test_a_settlement_of_somebody_else_waits_for_a_look() -> None:
    """The page was opened before one of the list was withdrawn; the withdrawn person can not be settled at all."""
    current = placed()
    left, _ = withdraw_persons(current, [3], WHY, at=LATER)
    day = day_in_oslo(AT)
    old = register_settlement(left, asked(current), running_number=1, settlement_date=day)
    assert old == PersonsWereWithdrawn((3,), LATER)
    assert register_settlement(left, asked(left), running_number=3, settlement_date=day) == old
    assert after(register_settlement(left, asked(left), running_number=1, settlement_date=day)).settled == 1
    found = confirm_placement(left, [3], at=LATER)
    assert isinstance(found, list)
    assert [problem.code for problem in found] == ["person-withdrawn"]


def test_a_change_by_a_colleague_is_still_one() -> None:
    """A withdrawal that the page has shown hides no later conflict."""
    left, _ = withdraw_persons(received(), [3], WHY, at=LATER)
    here = Form([(1, Decision()), (2, Decision())])
    changed = after(save_decisions(left, here, asked(left, OLA)))
    refused = save_decisions(changed, here, asked(left))
    assert isinstance(refused, VersionConflict)
    assert refused.by == OLA.display_name
