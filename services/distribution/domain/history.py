"""Who did what to a list: one change a step of the municipality's, with what became otherwise. Codes, never words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.distribution.domain.codes import ChangeKind, DeclineReason
from services.distribution.domain.events import (
    DecisionsSaved,
    ListAnswered,
    ListApproved,
    ListEvent,
    PersonsWithdrawn,
    ReturnedToTreatment,
)
from services.distribution.domain.lists import Act, DistributionList

KINDS = {
    DecisionsSaved: ChangeKind.SAVED,
    ListApproved: ChangeKind.APPROVED,
    ReturnedToTreatment: ChangeKind.RETURNED,
    ListAnswered: ChangeKind.SENT,
}


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """What a change says of a person. Of the reason the code: words may have changed alone."""

    running_number: int
    accept: bool
    reason: DeclineReason | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One step: who did it and when, what kind, and what became otherwise.

    version: the list's after it. households: those of which something else is said than before.
    message: whether the message to IMDi became another.
    """

    version: int
    kind: ChangeKind
    act: Act
    decisions: tuple[ChangedDecision, ...] = ()
    households: tuple[int, ...] = ()
    message: bool = False


def change_of(before: DistributionList, after: DistributionList, events: Sequence[ListEvent]) -> Change | None:
    """Tell what a command of the municipality's changed; None where it was none, or nothing of the history."""
    if after.changed is None or any(isinstance(event, PersonsWithdrawn) for event in events):
        return None  # an approval that fell with a withdrawal is IMDi's doing
    step = next((event for event in events if type(event) in KINDS), None)
    if step is None:
        return None
    decisions = tuple(
        ChangedDecision(person.running_number, person.decision.accept, person.decision.reason)
        for person, was in zip(after.persons, before.persons, strict=True)
        if person.decision != was.decision
    )
    said, was_said = ({split.household: split for split in one.splits} for one in (after, before))
    households = tuple(sorted(number for number in said | was_said if said.get(number) != was_said.get(number)))
    return Change(
        step.version, KINDS[type(step)], after.changed, decisions, households, after.message != before.message
    )
