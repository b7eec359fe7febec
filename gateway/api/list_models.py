"""What clients get of lists and the persons on them: no name, no number but the running one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from contracts.codes import (
    Category,
    DeclineReason,
    Education,
    ListChangeKind,
    ListStatus,
    Need,
    PersonStatus,
    PlaceKind,
    Sex,
    SplitReason,
    WithdrawalReason,
)
from contracts.distribution.history import ListChangeState
from contracts.distribution.v1 import Act, ListState, PersonState, PlannedWeek as Planned
from gateway.api.models import Answered, NextLink
from gateway.api.weeks import ApiWeek, from_message
from gateway.readmodel.one_list import OneList


class Acted(Answered):
    """Who did something, and when."""

    by: str
    at: datetime

    @classmethod
    def of(cls, act: Act | None) -> Self | None:
        """Make it from an act of a list."""
        return None if act is None else cls(by=act.display_name, at=act.at)


class Counts(Answered):
    """How many persons; accepted and declined follow the decisions as they stand, `placed` includes the settled.

    `accepted`, `declined` and `withdrawn` make up `persons`.
    """

    persons: int
    unaccompanied_minors: int
    accepted: int
    declined: int
    placed: int
    settled: int
    withdrawn: int


class Withdrawn(Answered):
    """When IMDi took back the list or the person, and why."""

    at: datetime
    reason: WithdrawalReason


class Extended(Answered):
    """IMDi moved the deadline: when, from which day, to which."""

    at: datetime
    before: date
    deadline: date


class DistributionList(Answered):
    """A distribution list. `version` is also its ETag."""

    list_id: str
    version: int
    status: ListStatus
    year: int
    received_at: datetime
    deadline: date
    late: bool
    counts: Counts
    withdrawn: Withdrawn | None
    reoffer: Annotated[bool, Field(description="Persons on it were offered on another list before.")]
    replaces: Annotated[str | None, Field(description="That list, where it is of this municipality.")]
    offered_again_at: Annotated[
        datetime | None, Field(description="When persons on it were last offered on another list.")
    ]
    replaced_by: Annotated[list[str], Field(description="Such lists of this municipality.")]
    overdue: Annotated[bool, Field(description="The deadline is over, and the list still waits for its answer.")]
    extensions: Annotated[list[Extended], Field(description="How IMDi moved the deadline, in their order.")]
    messages: Annotated[int, Field(description="How many messages there are between the municipality and IMDi.")]
    awaiting_reply: Annotated[int, Field(description="Threads in which IMDi is to write next.")]
    self_settlement: Annotated[
        str | None, Field(description="The report of agreed self-settlement that it answers; null for other lists.")
    ]

    @classmethod
    def of(cls, state: ListState, version: int) -> Self:
        """Make it from the list's state."""
        return cls.model_validate(
            {
                **state.model_dump(include=set(cls.model_fields)),
                "counts": {**state.model_dump(), "withdrawn": state.withdrawn_persons},
                "version": version,
            }
        )


class DistributionLists(Answered):
    """A page of lists. `total`: how many there are of what was asked for."""

    items: list[DistributionList]
    total: int
    next: NextLink = None


class HouseholdSplit(Answered):
    """What is said of a household of which some are accepted and others declined, in draft or answer."""

    household: int
    confirmed: bool
    reason: SplitReason | None
    reason_text: str | None


class ListChange(Answered):
    """Who did what: `kind`, the persons and households about which something else is said since, and the message."""

    version: int
    kind: ListChangeKind
    by: str
    at: datetime
    running_numbers: list[int]
    households: list[int]
    message: bool

    @classmethod
    def of(cls, change: ListChangeState) -> Self:
        """Make it from the change's state."""
        return cls(
            version=change.version,
            kind=change.kind,
            by=change.by.display_name,
            at=change.by.at,
            running_numbers=[one.running_number for one in change.decisions],
            households=change.households,
            message=change.message,
        )


class PersonDecision(Answered):
    """The decision as it stands, draft or answer."""

    accept: bool
    reason: DeclineReason | None
    reason_text: str | None


class PlannedWeek(Answered):
    """The week in which the municipality can receive a person, and who said so."""

    week: Annotated[ApiWeek, Field(description="As `2026-W53` (ISO 8601).")]
    by: str
    at: datetime

    @classmethod
    def of(cls, planned: Planned | None) -> Self | None:
        """Make it from a person's state."""
        if planned is None:
            return None
        return cls(week=from_message(planned.week), by=planned.by.display_name, at=planned.by.at)


class Settlement(Answered):
    """A settlement date that was registered. `before`: the one it corrected, and `reason`: why."""

    settlement_date: date
    before: date | None
    at: datetime
    by: str | None
    reason: str | None


class Person(Answered):
    """What a municipality may see of a requested person: no name, no number but the running one."""

    running_number: int
    household: int
    place_kind: PlaceKind
    sex: Sex
    birth_year: int
    nationality: str | None
    languages: list[str]
    category: Category | None
    earliest_arrival: date | None
    education: Education | None
    occupation: str | None
    needs: list[Need]
    needs_note: str | None
    status: PersonStatus
    decision: PersonDecision
    placed_on: date | None
    settlement_date: date | None
    withdrawn: Withdrawn | None
    planned: PlannedWeek | None
    settlements: Annotated[
        list[Settlement], Field(description="Every date that was registered, in their order; the last one holds.")
    ]
    erased_at: Annotated[
        datetime | None,
        Field(description="Since when nothing is known of the person: `birth_year` is 0, `sex` unknown, no details."),
    ]

    @classmethod
    def of(cls, state: PersonState) -> Self:
        """Make it from the person's state."""
        own = state.model_dump(include=set(cls.model_fields) - {"planned"})
        return cls.model_validate({**own, "planned": PlannedWeek.of(state.planned)})


class WholeList(DistributionList):
    """A distribution list with its persons, by household, and who did what."""

    message: str
    changed: Acted | None
    approved: Acted | None
    answered: Acted | None
    splits: list[HouseholdSplit]
    four_eyes: Annotated[bool, Field(description="Another client or person must send than the one who approved.")]
    changes: Annotated[list[ListChange], Field(description="Who did what in the municipality, in its order.")]
    persons: list[Person]

    @classmethod
    def of_all(cls, found: OneList) -> Self:
        """Make it from what the read model has of the list."""
        state = found.state
        summary = DistributionList.of(state, found.version)
        return cls(
            **summary.model_dump(),
            message=state.message,
            changed=Acted.of(state.changed),
            approved=Acted.of(state.approved),
            answered=Acted.of(state.answered),
            splits=[HouseholdSplit(**split.model_dump()) for split in state.splits],
            four_eyes=found.four_eyes,
            changes=[ListChange.of(change) for change in found.changes],
            persons=[Person.of(person) for person in found.persons],
        )


class PlacedPerson(Answered):
    """Where a placed person stands: the list, and the number on it."""

    list_id: str
    running_number: int
    status: PersonStatus
    placed_on: date | None
    settlement_date: date | None

    @classmethod
    def of(cls, state: PersonState) -> Self:
        """Make it from the person's state."""
        return cls.model_validate(state.model_dump(include=set(cls.model_fields)))


class PlacedPersons(Answered):
    """Who was found: nobody, or the person on each list that placed them here."""

    items: list[PlacedPerson]
