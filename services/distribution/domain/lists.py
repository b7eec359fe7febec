"""The aggregate: a distribution list with its persons. Versions count its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from services.distribution.domain.codes import ListStatus, PersonStatus, PlaceKind, Role
from services.distribution.domain.events import LEAVES_WORK_ALONE, MOVES_PLACES, ListEvent
from services.distribution.domain.households import Split
from services.distribution.domain.persons import Person, Withdrawal
from services.distribution.domain.thread_messages import Thread


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something, and when."""

    user_id: str
    display_name: str
    at: datetime


def by_imdi(at: datetime) -> Act:
    """Make what a list remembers of what IMDi did."""
    return Act("imdi", "IMDi", at)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``user_id`` is a pseudonym; ``display_name`` the caseworker's own name, shown to colleagues."""

    user_id: str
    display_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Asked:
    """What every command carries: who asks, what version of the list they looked at, and the time now."""

    actor: Actor
    expected_version: int
    at: datetime

    def act(self, at: datetime | None = None) -> Act:
        """Make what the list remembers of it."""
        return Act(self.actor.user_id, self.actor.display_name, at or self.at)


@dataclass(frozen=True, slots=True)
class Extension:
    """IMDi moved the deadline: when, from which day, to which."""

    at: datetime
    before: date
    deadline: date


@dataclass(frozen=True, slots=True)
class DistributionList:
    """A list as it stands.

    municipality_number: the number by which IMDi named the municipality.
    year: the ledger year its requested places lie in: of the day it was received, in Norway.
    persons: by running number.
    places_version: the version of the last event that the ledger of places follows.
    changed: who last did anything to it; None where only its arrival has happened.
    withdrawn: of the list as a whole; ``answered`` beside it: that came before.
    replaces: the list that IMDi offers it in place of. replaces_shown: whether the municipality may see which.
    offered_again_at: when persons of it were last offered on another list. replaced_by: such lists of the municipality.
    alike_since: whoever has looked at a version from this one on has seen all there is to work on.
    told_at: when the reply clock last spoke, or IMDi set it back; None: not since the list was received.
    extensions: how IMDi moved the deadline, in their order.
    threads: those in which somebody has written; what was written is kept beside the list.
    splits: what draft or answer says of households that it splits, by household.
    message_version: the version at which the message last changed; 0: nobody has written one.
    self_settlement: the municipality's report of agreed self-settlement that it answers.
    words_erased_at: when the words of the list's own were erased.
    """

    id: str
    municipality_id: str
    municipality_number: str
    year: int
    received_at: datetime
    deadline: date
    persons: tuple[Person, ...]
    version: int = 0
    places_version: int = 0
    status: ListStatus = ListStatus.RECEIVED
    message: str = ""
    changed: Act | None = None
    approved: Act | None = None
    answered: Act | None = None
    late: bool = False
    withdrawn: Withdrawal | None = None
    replaces: str | None = None
    replaces_shown: bool = False
    offered_again_at: datetime | None = None
    replaced_by: tuple[str, ...] = ()
    alike_since: int = 0
    told_at: datetime | None = None
    extensions: tuple[Extension, ...] = ()
    threads: tuple[Thread, ...] = ()
    splits: tuple[Split, ...] = ()
    message_version: int = 0
    self_settlement: str | None = None
    words_erased_at: datetime | None = None

    @property
    def present(self) -> tuple[Person, ...]:
        """The persons that IMDi has not taken back."""
        return tuple(person for person in self.persons if person.withdrawn is None)

    @property
    def accepted(self) -> int:
        """How many of the present persons the decisions accept as they stand, draft or answer."""
        return sum(person.decision.accept for person in self.present)

    @property
    def declined(self) -> int:
        """How many of the present persons the decisions decline as they stand."""
        return len(self.present) - self.accepted

    @property
    def placed(self) -> int:
        """How many persons are placed, settled ones among them."""
        return self._count(PersonStatus.PLACED, PersonStatus.SETTLED)

    @property
    def settled(self) -> int:
        """How many persons have moved in."""
        return self._count(PersonStatus.SETTLED)

    @property
    def unaccompanied_minors(self) -> int:
        """How many persons take places for unaccompanied minors."""
        return sum(person.place_kind is PlaceKind.UNACCOMPANIED_MINOR for person in self.persons)

    @property
    def erased(self) -> int:
        """Of how many persons nothing is known any more."""
        return sum(person.erased is not None for person in self.persons)

    @property
    def has_words(self) -> bool:
        """Whether there are words of the list's own: a message, reasons of split households, or its own thread."""
        said = self.message or any(split.reason_text for split in self.splits)
        return bool(said) or (self.words_erased_at is None and any(one.running_number is None for one in self.threads))

    @property
    def messages(self) -> int:
        """How many messages there are in all threads."""
        return sum(thread.messages for thread in self.threads)

    @property
    def awaiting_reply(self) -> int:
        """How many threads wait for IMDi."""
        return sum(thread.awaits_reply for thread in self.threads)

    def person(self, running_number: int) -> Person | None:
        """Find a person."""
        return next((person for person in self.persons if person.running_number == running_number), None)

    def after(self, events: tuple[ListEvent, ...], **changes: Any) -> DistributionList:  # noqa: ANN401  the fields' own
        """Give the list as it stands once ``events`` have happened, with these fields changed."""
        moved = [event.version for event in events if isinstance(event, MOVES_PLACES)]
        alike = all(isinstance(event, LEAVES_WORK_ALONE) for event in events)
        version = events[-1].version
        return replace(
            self,
            version=version,
            places_version=moved[-1] if moved else self.places_version,
            alike_since=self.alike_since if alike else version,
            **changes,
        )

    def is_as_seen_at(self, version: int) -> bool:
        """Whether somebody who looked at that version has seen all there is to work on."""
        return self.alike_since <= version <= self.version

    def with_persons(self, changed: Iterable[Person]) -> tuple[Person, ...]:
        """Give the list's persons with these in the places of their former selves."""
        by_number = {person.running_number: person for person in changed}
        return tuple(by_number.get(person.running_number, person) for person in self.persons)

    def changed_persons(self, before: DistributionList) -> Iterator[Person]:
        """Yield the persons that are not as they were before."""
        return (new for old, new in zip(before.persons, self.persons, strict=True) if new != old)

    def _count(self, *statuses: PersonStatus) -> int:
        return sum(person.status in statuses for person in self.persons)


Decided: TypeAlias = tuple[DistributionList, tuple[ListEvent, ...]]
"""What a command led to: the list as it stands now and what happened. No event: nothing had to change."""
