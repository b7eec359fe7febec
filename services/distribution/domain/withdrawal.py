"""IMDi takes a list or persons back, at any moment of the municipality's work (domain §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.distribution.domain.answering import place_of
from services.distribution.domain.codes import ListStatus, PersonStatus, WithdrawalReason
from services.distribution.domain.events import ListEvent, ListWithdrawn, PersonsWithdrawn, ReturnedToTreatment
from services.distribution.domain.lists import Decided, DistributionList, by_imdi
from services.distribution.domain.persons import Person, Withdrawal
from services.distribution.domain.problems import Problem

TO_BE_SETTLED = frozenset({PersonStatus.REQUESTED, PersonStatus.ACCEPTED, PersonStatus.PLACED})
"""Whom IMDi may take back. Whom the municipality declined it has already; who has moved in stays."""


def withdraw_list(current: DistributionList, reason: WithdrawalReason, *, at: datetime) -> Decided | list[Problem]:
    """Take everybody back. Where somebody has moved in nothing is done: a list is not half withdrawn unasked."""
    if any(person.status is PersonStatus.SETTLED for person in current.persons):
        words = "Somebody on the list has moved in. Withdraw the others by their running numbers."
        return [Problem("list_id", "already-settled", words)]
    return _withdraw(current, current.persons, reason, at)


def withdraw_persons(
    current: DistributionList, numbers: Sequence[int], reason: WithdrawalReason, *, at: datetime
) -> Decided | list[Problem]:
    """Take these persons back, all or none. With the last of them the list is withdrawn.

    Whom the municipality has declined, or IMDi has taken back before, stays so: nothing is left to take back.
    """
    persons = {person.running_number: person for person in current.persons}
    problems = []
    for index, number in enumerate(numbers):
        if number not in persons:
            problems.append(_problem(index, "unknown-person", "The list has no person with this running number."))
        elif persons[number].status is PersonStatus.SETTLED:
            problems.append(_problem(index, "already-settled", "This person has moved in."))
    return problems or _withdraw(current, [persons[number] for number in sorted(set(numbers))], reason, at)


def _problem(index: int, code: str, words: str) -> Problem:
    return Problem(f"persons[{index}]", code, words)


def _withdraw(current: DistributionList, named: Sequence[Person], reason: WithdrawalReason, at: datetime) -> Decided:
    taken = [person for person in named if person.status in TO_BE_SETTLED]
    if not taken:
        return current, ()
    withdrawal = Withdrawal(reason, at, current.version + 1)
    persons = current.with_persons(
        replace(person, status=PersonStatus.WITHDRAWN, withdrawn=withdrawal) for person in taken
    )
    places = tuple(place_of(person) for person in taken)
    events: tuple[ListEvent, ...]
    if not any(person.status in TO_BE_SETTLED or person.status is PersonStatus.SETTLED for person in persons):
        events = (ListWithdrawn(withdrawal.version, places, reason),)
        changes = {"status": ListStatus.WITHDRAWN, "withdrawn": withdrawal}
    elif current.status is ListStatus.APPROVED:
        # What was approved was another set of persons: a place is free now that a decline may have been for want of.
        events = (PersonsWithdrawn(withdrawal.version, places, reason), ReturnedToTreatment(withdrawal.version + 1))
        changes = {"status": ListStatus.UNDER_TREATMENT, "approved": None}
    else:
        events = (PersonsWithdrawn(withdrawal.version, places, reason),)
        changes = {}
    return current.after(events, persons=persons, changed=by_imdi(at), **changes), events
