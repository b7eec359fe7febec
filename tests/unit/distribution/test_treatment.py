"""The municipality's work on a list, until it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import DeclineReason, ListStatus, PersonStatus, PlacementPolicy
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import (
    DecisionsSaved,
    ListApproved,
    ListReceived,
    ReturnedToTreatment,
    TreatmentStarted,
)
from services.distribution.domain.lists import Act, Decided, DistributionList
from services.distribution.domain.offers import receive
from services.distribution.domain.persons import Decision
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    DecidedTwice,
    DecisionMissing,
    ReasonMissing,
    Refusal,
    RoleMayNotWrite,
    UnknownPerson,
    VersionConflict,
    WrongStatus,
)
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from tests.unit.distribution.samples import (
    AT,
    KARI,
    NO_HOUSING,
    OLA,
    OSLO,
    OTHER,
    READER,
    a_list,
    asked,
    body,
    form,
    incoming,
    minor,
    numbers,
    offered,
)

LATER = AT + timedelta(minutes=5)


def done(decided: Decided | Refusal) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


def approved_list() -> DistributionList:
    received = a_list()
    return done(approve(received, form(received, _2=NO_HOUSING), asked(received)))


def answered_list() -> DistributionList:
    approved = approved_list()
    return done(send_answer(approved, asked(approved), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))


def test_a_received_list_has_everybody_pre_selected() -> None:
    """In the order of running numbers, under the municipality, with the default deadline and this year's ledger."""
    offer = incoming(body(persons=[minor(2), offered(1)])).offer
    assert offer is not None
    received, events = receive(offer, OSLO, AT)
    assert numbers(received.persons) == [1, 2]
    assert (received.accepted, received.declined, received.unaccompanied_minors) == (2, 0, 1)
    assert {person.status for person in received.persons} == {PersonStatus.REQUESTED}
    assert (received.version, received.places_version, received.year) == (1, 1, 2026)
    assert received.deadline.isoformat() == "2026-12-01"
    [event] = events
    assert isinstance(event, ListReceived)
    assert numbers(event.persons) == [1, 2]


def test_the_first_save_starts_treatment() -> None:
    """Two facts, two versions; persons the form does not name keep their decisions."""
    received = a_list()
    saved, events = save_decisions(received, Form([(2, NO_HOUSING)], "Hei"), asked(received))
    assert events == (TreatmentStarted(2), DecisionsSaved(3, accepted=2, declined=1))
    assert (saved.version, saved.status, saved.message) == (3, ListStatus.UNDER_TREATMENT, "Hei")
    assert [person.decision for person in saved.persons] == [Decision(), NO_HOUSING, Decision()]
    assert saved.changed == Act(KARI.user_id, KARI.display_name, AT)
    assert saved.places_version == 1


def test_the_same_draft_again_changes_nothing() -> None:
    """A second save of what is there is no event; anything else is one."""
    saved = done(save_decisions(a_list(), Form([(2, NO_HOUSING)], "Hei"), asked(1)))
    assert save_decisions(saved, Form([(2, NO_HOUSING)], "Hei"), asked(saved, OLA)) == (saved, ())
    changed, events = save_decisions(saved, Form([(2, NO_HOUSING)], "Hallo"), asked(saved, OLA, LATER))
    assert events == (DecisionsSaved(4, 2, 1),)
    assert changed.changed == Act(OLA.user_id, OLA.display_name, LATER)


def test_a_draft_may_lack_a_reason() -> None:
    """It is kept, and cannot be approved so."""
    unreasoned = Decision(accept=False)
    saved = done(save_decisions(a_list(), Form([(2, unreasoned)]), asked(1)))
    assert saved.declined == 1
    assert approve(saved, form(saved, _2=unreasoned), asked(saved)) == ReasonMissing((2,))


def test_approving_a_received_list_starts_treatment_too() -> None:
    """The approval is of exactly what the form held."""
    received = a_list()
    approved, events = approve(received, form(received, "Hei", _3=OTHER), asked(received))
    assert events == (TreatmentStarted(2), ListApproved(3, accepted=2, declined=1))
    assert (approved.status, approved.message, approved.approved) == (ListStatus.APPROVED, "Hei", approved.changed)
    assert [person.decision for person in approved.persons] == [Decision(), Decision(), OTHER]


def test_an_approval_drops_the_reason_of_who_is_accepted() -> None:
    """A form may still hold one of a person that was marked again; it does not go to IMDi."""
    received = a_list()
    leftover = replace(OTHER, accept=True)
    approved = done(approve(received, form(received, _1=leftover), asked(received)))
    assert approved.persons[0].decision == Decision()


@pytest.mark.parametrize(
    ("decisions", "refusal"),
    [
        ([(1, Decision()), (2, Decision())], DecisionMissing((3,))),
        ([(1, Decision()), (2, Decision()), (3, Decision()), (4, Decision())], UnknownPerson((4,))),
        ([(1, Decision()), (2, Decision()), (3, Decision()), (3, OTHER)], DecidedTwice((3,))),
        ([(1, Decision()), (2, Decision(accept=False)), (3, replace(OTHER, reason_text=" "))], ReasonMissing((2, 3))),
        ([(1, Decision()), (2, Decision()), (3, Decision(accept=False, reason=DeclineReason.OTHER))],
         ReasonMissing((3,))),
    ],
)  # fmt: skip
def test_an_approval_needs_exactly_one_whole_decision_on_each_person(
    decisions: list[tuple[int, Decision]], refusal: Refusal
) -> None:
    """Nobody is left out, nobody decided on twice, no decline without its reason."""
    assert approve(a_list(), Form(decisions), asked(1)) == refusal


def test_a_draft_names_known_persons_once() -> None:
    """As an approval does."""
    assert save_decisions(a_list(), Form([(9, OTHER)]), asked(1)) == UnknownPerson((9,))
    assert save_decisions(a_list(), Form([(1, OTHER), (1, OTHER)]), asked(1)) == DecidedTwice((1,))


def test_an_approval_can_be_taken_back() -> None:
    """The decisions stay as a draft, and can be approved anew."""
    approved = approved_list()
    returned, events = return_to_treatment(approved, asked(approved, OLA))
    assert events == (ReturnedToTreatment(4),)
    assert (returned.status, returned.approved, returned.persons) == (
        ListStatus.UNDER_TREATMENT, None, approved.persons,
    )  # fmt: skip
    again = done(approve(returned, form(returned), asked(returned)))
    assert (again.version, again.status) == (5, ListStatus.APPROVED)


def test_an_approved_list_is_not_changed_unless_taken_back() -> None:
    """Neither saved nor approved; and what was not approved cannot be taken back."""
    approved, received = approved_list(), a_list()
    assert save_decisions(approved, form(approved), asked(approved)) == WrongStatus(ListStatus.APPROVED)
    assert approve(approved, form(approved), asked(approved)) == WrongStatus(ListStatus.APPROVED)
    assert return_to_treatment(received, asked(received)) == WrongStatus(ListStatus.RECEIVED)


def test_another_version_is_refused_and_names_who_changed_it() -> None:
    """Nothing is overwritten; where only IMDi has touched the list there is nobody to name."""
    saved = done(save_decisions(a_list(), Form([(2, NO_HOUSING)]), asked(1, OLA, LATER)))
    conflict = VersionConflict(1, 3, OLA.display_name, LATER)
    assert save_decisions(saved, form(saved), asked(1)) == conflict
    assert approve(saved, form(saved), asked(1)) == conflict
    assert return_to_treatment(saved, asked(1)) == conflict
    assert save_decisions(a_list(), Form([(2, NO_HOUSING)]), asked(7)) == VersionConflict(7, 1, None, None)


def test_only_writers_work_on_a_list() -> None:
    """A reader is told so whatever else is wrong."""
    refusal = RoleMayNotWrite(READER.role)
    for current in (a_list(), answered_list()):
        assert save_decisions(current, form(current), asked(99, READER)) == refusal
        assert approve(current, form(current), asked(99, READER)) == refusal
        assert return_to_treatment(current, asked(99, READER)) == refusal


def test_an_answered_list_is_read_only_for_good() -> None:
    """Whoever comes second is told who answered and when, whatever version they looked at."""
    answered = answered_list()
    told = AlreadyAnswered(KARI.display_name, AT)
    for version in (1, 3, answered.version):
        assert save_decisions(answered, form(answered), asked(version, OLA)) == told
        assert approve(answered, form(answered), asked(version, OLA)) == told
        assert return_to_treatment(answered, asked(version, OLA)) == told
