"""What a form holds, and how forms of several colleagues come together in one draft (domain §4).

Each form says which version of the list it was filled from and, where it can, what its user changed since. Then only
that is taken: of two who touched different persons both keep their work. Who touched the same is refused, and sees what
is there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from services.distribution.domain.households import Split
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.persons import Decision, Person
from services.distribution.domain.refusals import DraftConflict


@dataclass(frozen=True, slots=True)
class Touched:
    """What a user changed since the version they looked at: persons by running number, households, the message."""

    persons: Collection[int] = ()
    households: Collection[int] = ()
    message: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds: decisions by running number, the message to IMDi, and what it says of split households.

    touched: what its user changed; None: the form does not say, and is taken as a whole, by who is up to date only.
    """

    decisions: Sequence[tuple[int, Decision]]
    message: str = ""
    splits: Sequence[Split] = ()
    touched: Touched | None = None


def conflict(current: DistributionList, form: Form, seen: int) -> DraftConflict | None:
    """Tell what others changed since version ``seen`` that this form changes to something else."""
    touched = form.touched or Touched()
    persons = {person.running_number: person for person in current.persons}
    said = {split.household: split for split in current.splits}
    numbers = sorted(
        number
        for number, decision in form.decisions
        if number in touched.persons
        and number in persons
        and persons[number].decided_version > seen
        and persons[number].decision != decision
    )
    households = sorted(
        split.household
        for split in form.splits
        if split.household in touched.households
        and split.household in said
        and said[split.household].version > seen
        and said[split.household] != split
    )
    message = touched.message and current.message_version > seen and current.message != form.message
    if not (numbers or households or message):
        return None
    last = current.changed
    by, at = (last.display_name, last.at) if last else (None, None)
    return DraftConflict(tuple(numbers), tuple(households), message, by, at)


def touched_only(current: DistributionList, form: Form) -> Form:
    """Give the form with only what its user changed: the rest stays as it is. A form that does not say is whole."""
    if (touched := form.touched) is None:
        return form
    return replace(
        form,
        decisions=[decided for decided in form.decisions if decided[0] in touched.persons],
        message=form.message if touched.message else current.message,
        splits=[split for split in form.splits if split.household in touched.households],
    )


def with_form(current: DistributionList, form: Form, version: int) -> DistributionList:
    """Give the list with what the form says, as of ``version``. Persons it does not name keep their decisions.

    What was said of a household and is not said any more stays as unsaid: who looked before it was can be told.
    """
    decisions = dict(form.decisions)
    message_version = current.message_version if form.message == current.message else version
    return replace(
        current,
        persons=tuple(_decided(person, decisions.get(person.running_number), version) for person in current.persons),
        message=form.message,
        message_version=message_version,
        splits=_said(current, form, version),
    )


def _decided(person: Person, decision: Decision | None, version: int) -> Person:
    if decision is None or decision == person.decision:
        return person
    return replace(person, decision=decision, decided_version=version)


def _said(current: DistributionList, form: Form, version: int) -> tuple[Split, ...]:
    before = {split.household: split for split in current.splits}
    named = {split.household: split for split in form.splits}
    if form.touched is None:
        named = {household: Split(household, confirmed=False) for household in before} | named
    changed = {
        household: replace(split, version=version)
        for household, split in named.items()
        if split != before.get(household)
    }
    return tuple(split for _, split in sorted((before | changed).items()))
