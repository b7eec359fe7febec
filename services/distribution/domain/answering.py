"""The answer and what follows from it: who is placed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.distribution.domain.calendar import day_in_oslo, is_late
from services.distribution.domain.codes import ListStatus, PersonStatus, PlacementPolicy
from services.distribution.domain.events import (
    DeclinedPlace,
    ListAnswered,
    PersonPlace,
    PersonsPlaced,
)
from services.distribution.domain.lists import Asked, Decided, DistributionList, by_imdi
from services.distribution.domain.persons import Person
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import (
    FourEyesRequired,
    NotApproved,
    Refusal,
)
from services.distribution.domain.treatment import not_workable


def send_answer(
    current: DistributionList,
    asked: Asked,
    *,
    accepted_at: datetime,
    policy: PlacementPolicy,
    four_eyes: bool = False,
) -> Decided | Refusal:
    """Send what was approved, once and for all.

    accepted_at: when the gateway took the answer. Lateness, the day of the answer and, under the policy
    ``automatic``, the day of the placement follow from it, whenever we come to handle it (domain §4).
    four_eyes: whether the municipality wants another one to send than the one who approved.
    """
    if refusal := not_workable(current, asked):
        return refusal
    if current.status is not ListStatus.APPROVED:
        return NotApproved(current.status)
    if four_eyes and current.approved is not None and current.approved.user_id == asked.actor.user_id:
        return FourEyesRequired(current.approved.at)
    # Another machine's clock: an answer comes neither before its list nor after now.
    moment = min(max(accepted_at, current.received_at), asked.at)
    answered = _answered(current, moment)
    act = asked.act(moment)
    sent = current.after(
        (answered,),
        status=ListStatus.ANSWERED,
        persons=current.with_persons(_with_outcome(person) for person in current.present),
        changed=act,
        answered=act,
        late=answered.late,
    )
    if policy is PlacementPolicy.IMDI_CONFIRMED or not answered.accepted:
        return sent, (answered,)
    placed, placement = _place(sent, [person.running_number for person in answered.accepted], answered.answered_on)
    return placed, (answered, placement)


def _answered(current: DistributionList, moment: datetime) -> ListAnswered:
    declined = []
    for person in current.present:
        if not person.decision.accept:
            assert person.decision.reason is not None, "an approved decline has a reason"
            declined.append(DeclinedPlace(person.running_number, person.place_kind, person.decision.reason))
    return ListAnswered(
        current.version + 1,
        accepted=tuple(place_of(person) for person in current.present if person.decision.accept),
        declined=tuple(declined),
        answered_on=day_in_oslo(moment),
        late=is_late(moment, current.deadline),
    )


def _with_outcome(person: Person) -> Person:
    return replace(person, status=PersonStatus.ACCEPTED if person.decision.accept else PersonStatus.DECLINED)


def confirm_placement(current: DistributionList, placed: Sequence[int], *, at: datetime) -> Decided | list[Problem]:
    """Place the accepted persons that IMDi confirms. Those that are placed already stay as they are."""
    if current.withdrawn is not None:
        return [Problem("list_id", "list-withdrawn", "The list has been withdrawn.")]
    if current.status is not ListStatus.ANSWERED:
        return [Problem("list_id", "not-answered", "The list has not been answered.")]
    if problems := list(_placement_problems(current, placed)):
        return problems
    named = set(placed)
    new = [
        person.running_number
        for person in current.persons
        if person.running_number in named and person.status is PersonStatus.ACCEPTED
    ]
    if not new:
        return current, ()
    confirmed, placement = _place(current, new, day_in_oslo(at))
    return replace(confirmed, changed=by_imdi(at)), (placement,)


def _placement_problems(current: DistributionList, placed: Sequence[int]) -> Iterator[Problem]:
    persons = {person.running_number: person for person in current.persons}
    for index, number in enumerate(placed):
        if number not in persons:
            yield Problem(f"placed[{index}]", "unknown-person", "The list has no person with this running number.")
        elif persons[number].status is PersonStatus.DECLINED:
            yield Problem(f"placed[{index}]", "not-accepted", "The municipality has declined this person.")
        elif persons[number].status is PersonStatus.WITHDRAWN:
            yield Problem(f"placed[{index}]", "person-withdrawn", "This person has been withdrawn.")


def _place(current: DistributionList, numbers: Sequence[int], day: date) -> tuple[DistributionList, PersonsPlaced]:
    named = set(numbers)
    persons = [person for person in current.persons if person.running_number in named]
    placement = PersonsPlaced(current.version + 1, tuple(place_of(person) for person in persons), day)
    changed = (replace(person, status=PersonStatus.PLACED, placed_on=day) for person in persons)
    return current.after((placement,), persons=current.with_persons(changed)), placement


def place_of(person: Person) -> PersonPlace:
    """Name the person and the kind of place it takes."""
    return PersonPlace(person.running_number, person.place_kind)
