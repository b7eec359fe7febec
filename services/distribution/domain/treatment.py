"""The municipality's work on a list, until it is sent: decide, approve, take the approval back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from services.distribution.domain.codes import ListStatus
from services.distribution.domain.drafts import Form, conflict, touched_only, with_form
from services.distribution.domain.events import (
    DecisionsSaved,
    ListApproved,
    ListEvent,
    ReturnedToTreatment,
    TreatmentStarted,
)
from services.distribution.domain.households import of_split_ones, unconfirmed, unknown_or_twice
from services.distribution.domain.lists import Asked, Decided, DistributionList
from services.distribution.domain.persons import Decision, Person
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    DecidedTwice,
    DecisionMissing,
    HouseholdsDiffer,
    HouseholdSplitUnconfirmed,
    ListWasWithdrawn,
    PersonsWereWithdrawn,
    ReasonMissing,
    Refusal,
    RoleMayNotWrite,
    UnknownPerson,
    VersionConflict,
    WrongStatus,
)


def save_decisions(current: DistributionList, whole: Form, asked: Asked) -> Decided | Refusal:
    """Keep the form as a draft. Persons it does not name keep their decisions; the same form again changes nothing.

    A form that says what its user changed is merged with what others have saved since (drafts.py).
    """
    form = touched_only(current, whole)
    if refusal := _not_savable(current, whole, asked) or _misfits(current, form):
        return refusal
    started = _started(current)
    version = current.version + len(started) + 1
    drafted = with_form(current, form, version)
    if not started and drafted == current:
        return current, ()
    events = (*started, DecisionsSaved(version, drafted.accepted, drafted.declined))
    return drafted.after(events, status=ListStatus.UNDER_TREATMENT, changed=asked.act()), events


def approve(current: DistributionList, form: Form, asked: Asked) -> Decided | Refusal:
    """Approve exactly these decisions, on every person, and this message. Nothing leaves yet."""
    if refusal := _not_open(current, asked) or _misfits(current, form) or _incomplete(current, form):
        return refusal
    # An accepted person has no reason: what a form may still hold of one does not go to IMDi.
    decisions = [(number, Decision() if decision.accept else decision) for number, decision in form.decisions]
    started = _started(current)
    version = current.version + len(started) + 1
    drafted = with_form(current, replace(form, decisions=decisions), version)
    if split := unconfirmed(form.splits, drafted.persons):
        return HouseholdSplitUnconfirmed(split)
    events = (*started, ListApproved(version, drafted.accepted, drafted.declined))
    act, splits = asked.act(), of_split_ones(drafted.splits, drafted.persons)
    return drafted.after(events, status=ListStatus.APPROVED, splits=splits, changed=act, approved=act), events


def return_to_treatment(current: DistributionList, asked: Asked) -> Decided | Refusal:
    """Take the approval back, before the answer is sent. The decisions stay as a draft."""
    if refusal := not_workable(current, asked):
        return refusal
    if current.status is not ListStatus.APPROVED:
        return WrongStatus(current.status)
    events = (ReturnedToTreatment(current.version + 1),)
    return current.after(events, status=ListStatus.UNDER_TREATMENT, changed=asked.act(), approved=None), events


def not_workable(current: DistributionList, asked: Asked) -> Refusal | None:
    """Tell why nobody, or not this actor, may work on this version of the list."""
    if asked.actor.role.may_write and current.answered is not None and current.withdrawn is None:
        # Before the version: who comes second is to hear of the answer, not of a number.
        return AlreadyAnswered(current.answered.display_name, current.answered.at)
    return not_permitted(current, asked)


def not_permitted(current: DistributionList, asked: Asked) -> Refusal | None:
    """Tell why this actor may not act, what IMDi took back since they looked, or who changed the list."""
    if not asked.actor.role.may_write:
        return RoleMayNotWrite(asked.actor.role)
    if current.withdrawn is not None:
        return ListWasWithdrawn(current.withdrawn.at, current.withdrawn.reason)
    if current.is_as_seen_at(asked.expected_version):
        return None
    since = [one for one in current.persons if one.withdrawn and one.withdrawn.version > asked.expected_version]
    if since:
        return persons_withdrawn(since)
    last = current.changed
    return VersionConflict(
        asked.expected_version, current.version, last.display_name if last else None, last.at if last else None
    )


def persons_withdrawn(persons: Sequence[Person]) -> PersonsWereWithdrawn:
    """Say that IMDi has taken these persons back; of several times the last is told."""
    moments = [person.withdrawn.at for person in persons if person.withdrawn]
    return PersonsWereWithdrawn(tuple(person.running_number for person in persons), max(moments))


def _not_savable(current: DistributionList, form: Form, asked: Asked) -> Refusal | None:
    refusal = _not_open(current, asked)
    behind = isinstance(refusal, VersionConflict) and 0 < asked.expected_version < current.version
    if behind and form.touched is not None and current.status is not ListStatus.APPROVED:
        return conflict(current, form, asked.expected_version)
    return refusal


def _not_open(current: DistributionList, asked: Asked) -> Refusal | None:
    if refusal := not_workable(current, asked):
        return refusal
    return WrongStatus(current.status) if current.status is ListStatus.APPROVED else None


def _misfits(current: DistributionList, form: Form) -> Refusal | None:
    times = Counter(number for number, _ in form.decisions)
    if unknown := sorted(times.keys() - {person.running_number for person in current.persons}):
        return UnknownPerson(tuple(unknown))
    if gone := [person for person in current.persons if person.withdrawn and person.running_number in times]:
        return persons_withdrawn(gone)
    if twice := sorted(number for number, count in times.items() if count > 1):
        return DecidedTwice(tuple(twice))
    if households := unknown_or_twice(form.splits, current.persons):
        return HouseholdsDiffer(households)
    return None


def _incomplete(current: DistributionList, form: Form) -> Refusal | None:
    decisions = dict(form.decisions)
    if missing := [person.running_number for person in current.present if person.running_number not in decisions]:
        return DecisionMissing(tuple(missing))
    if unreasoned := sorted(number for number, decision in decisions.items() if not decision.is_complete):
        return ReasonMissing(tuple(unreasoned))
    return None


def _started(current: DistributionList) -> tuple[ListEvent, ...]:
    return (TreatmentStarted(current.version + 1),) if current.status is ListStatus.RECEIVED else ()
