"""What is known of persons is erased: IMDi says so, or they have been kept for as long as they may be (domain §4).

What remains of a person is what figures and places are made of: running number, household, kind of place, status,
dates and reason codes. Whoever still waits for an answer or a home is not erased under the municipality's hands: IMDi
withdraws them first, which gives the place back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.distribution.domain.codes import ErasureReason, Papers, PersonStatus
from services.distribution.domain.events import PersonsErased
from services.distribution.domain.households import Split
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.persons import UNKNOWN, Erased, Person
from services.distribution.domain.problems import Problem
from services.distribution.domain.reply_clock import RUNS

IN_HAND = {
    PersonStatus.REQUESTED: "still-asked-for",
    PersonStatus.ACCEPTED: "still-asked-for",
    PersonStatus.PLACED: "still-placed",
}
"""Who cannot be erased yet, and how IMDi is told."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """Whom to erase, and why. ``list_words``: the list's own words tell of them too."""

    running_numbers: Sequence[int]
    reason: ErasureReason
    papers: Papers = Papers.KEEP
    list_words: bool = False


def erase_persons(current: DistributionList, wanted: Erasing, *, at: datetime) -> Decided | list[Problem]:
    """Erase these persons, all or none. Who is erased stays so: only papers that were kept may still go."""
    if problems := list(_problems(current, wanted)):
        return problems
    found = {person.running_number: person for person in current.persons}
    named = [found[number] for number in sorted(set(wanted.running_numbers))]
    new = [person for person in named if _adds_to(person, wanted)]
    words = current.has_words and (wanted.list_words or _nobody_left(current, named))
    if not new and not words:
        return current, ()
    version = current.version + 1
    persons = current.with_persons(_erased(person, wanted, at) for person in new)
    numbers = tuple(person.running_number for person in new or named)
    papers = wanted.papers if new else Papers.KEEP
    events = (PersonsErased(version, numbers, wanted.reason, papers, list_words=words),)
    households = {person.household for person in new}
    splits = tuple(_silent(split) if words or split.household in households else split for split in current.splits)
    silenced = {"message": "", "words_erased_at": at} if words else {}
    return current.after(events, persons=persons, splits=splits, **silenced), events


def erase_list(current: DistributionList, *, at: datetime) -> Decided | list[Problem]:
    """Erase everybody on a list whose time is over, and its words. Papers have a time of their own."""
    numbers = [person.running_number for person in current.persons]
    return erase_persons(current, Erasing(numbers, ErasureReason.RETENTION_OVER, list_words=True), at=at)


def _problems(current: DistributionList, wanted: Erasing) -> Iterator[Problem]:
    for index, number in enumerate(wanted.running_numbers):
        person = current.person(number)
        if person is None:
            yield Problem(f"persons[{index}]", "unknown-person", "The list has no person with this running number.")
        elif person.status in IN_HAND:
            words = "This person is still asked for or placed here: withdraw it first."
            yield Problem(f"persons[{index}]", IN_HAND[person.status], words)
    if wanted.list_words and current.status in RUNS:
        yield Problem("list_words", "list-open", "The list is not answered: its words are the municipality's draft.")


def _adds_to(person: Person, wanted: Erasing) -> bool:
    if person.erased is None:
        return True
    return wanted.papers is Papers.ERASE and person.erased.papers is Papers.KEEP


def _nobody_left(current: DistributionList, named: Sequence[Person]) -> bool:
    numbers = {person.running_number for person in named}
    return all(person.erased or person.running_number in numbers for person in current.persons)


def _erased(person: Person, wanted: Erasing, at: datetime) -> Person:
    return replace(
        person,
        details=UNKNOWN,
        decision=replace(person.decision, reason_text=None),
        settlements=tuple(replace(one, reason=None) for one in person.settlements),
        erased=Erased(person.erased.at if person.erased else at, wanted.reason, wanted.papers),
    )


def _silent(split: Split) -> Split:
    return replace(split, reason_text=None)
