"""Facts that distribution tells, with ids and codes only.

Subject: the list id. Sequence: the list's version. Key: the municipality id.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from contracts.codes import (
    DeclineReason,
    PlaceKind,
    WithdrawalReason,
)
from contracts.distribution.v1.parts import Week
from contracts.envelope import Message
from contracts.erasure import ErasureReason, Papers
from contracts.fields import (
    Count,
    ListId,
    MunicipalityId,
    Part,
    RunningNumber,
    SelfSettlementId,
    ShortText,
    Year,
)


class PersonPlace(Part):
    """A person and the kind of place it takes."""

    running_number: RunningNumber
    place_kind: PlaceKind


class DeclinedPerson(PersonPlace):
    """A declined person with the reason's code; the words go only to IMDi."""

    reason: DeclineReason


class ListEvent(Message):
    """``year``: the ledger year in which the list holds its requested places (of the day it was received)."""

    list_id: ListId
    municipality_id: MunicipalityId
    year: Year


class ListReceived(ListEvent):
    """A valid list has arrived: every person holds a requested place."""

    message_type: ClassVar[str] = "distribution.list-received.v1"
    deadline: date
    persons: list[PersonPlace]
    self_settlement: SelfSettlementId | None = None
    """The report of agreed self-settlement that it answers."""


class TreatmentStarted(ListEvent):
    """Somebody in the municipality has begun to work on the list."""

    message_type: ClassVar[str] = "distribution.treatment-started.v1"


class DecisionsSaved(ListEvent):
    """A draft was kept."""

    message_type: ClassVar[str] = "distribution.decisions-saved.v1"
    accepted: Count
    declined: Count


class ListApproved(ListEvent):
    """The list was approved in the municipality; nothing has been sent. ``approved_by``: the user's pseudonym."""

    message_type: ClassVar[str] = "distribution.list-approved.v1"
    accepted: Count
    declined: Count
    approved_by: ShortText | None = None
    """None: from a release that did not say."""


class ReturnedToTreatment(ListEvent):
    """An approval was taken back."""

    message_type: ClassVar[str] = "distribution.returned-to-treatment.v1"


class ListAnswered(ListEvent):
    """The answer was sent: declined persons release their places, accepted ones hold theirs until placed."""

    message_type: ClassVar[str] = "distribution.list-answered.v1"
    accepted: list[PersonPlace]
    declined: list[DeclinedPerson]
    answered_on: date
    late: bool


class PersonsPlaced(ListEvent):
    """Accepted persons are placed (søkt ut): requested places become placed ones, in the placement's year."""

    message_type: ClassVar[str] = "distribution.persons-placed.v1"
    persons: list[PersonPlace]
    placed_on: date


class PersonSettled(ListEvent):
    """A placed person has moved in (bosatt); the place stays with the year of the placement.

    ``corrects``: the day that was told before, where this one takes its place.
    """

    message_type: ClassVar[str] = "distribution.person-settled.v1"
    person: PersonPlace
    placed_on: date
    settlement_date: date
    corrects: date | None = None


class SettlementPlanned(ListEvent):
    """The municipality says in which week it can receive these persons; None: in none any more."""

    message_type: ClassVar[str] = "distribution.settlement-planned.v1"
    running_numbers: list[RunningNumber]
    week: Week | None


class PersonsWithdrawn(ListEvent):
    """IMDi took these persons back: they hold no place any more, neither requested nor placed. The others stay."""

    message_type: ClassVar[str] = "distribution.persons-withdrawn.v1"
    persons: list[PersonPlace]
    reason: WithdrawalReason


class ListWithdrawn(ListEvent):
    """IMDi took back the list, or the last persons on it. ``persons``: those withdrawn now, as above."""

    message_type: ClassVar[str] = "distribution.list-withdrawn.v1"
    persons: list[PersonPlace]
    reason: WithdrawalReason


class PersonsErased(ListEvent):
    """What was known of these persons is erased; whoever keeps something of them erases it too. No place moves.

    ``papers``: whether letters, decision and answer that tell of them go as well.
    """

    message_type: ClassVar[str] = "distribution.persons-erased.v1"
    running_numbers: list[RunningNumber]
    reason: ErasureReason
    papers: Papers


class AddressCorrected(ListEvent):
    """IMDi has corrected where this person lives; the address itself is in the folder of whoever is placed."""

    message_type: ClassVar[str] = "distribution.address-corrected.v1"
    running_number: RunningNumber


class ListOfferedAgain(ListEvent):
    """IMDi offers persons of the list again. ``by``: the new list, where it is of the same municipality."""

    message_type: ClassVar[str] = "distribution.list-offered-again.v1"
    by: ListId | None = None


class DeadlineEvent(ListEvent):
    """What the reply clock says, about a list that is not answered. ``persons``: how many on it wait.

    Told once a list, kind and deadline: the id is made from these. After a stop only the last kind that holds is told.
    """

    deadline: date
    persons: Count


class DeadlineNear(DeadlineEvent):
    """The deadline is in two days, or tomorrow."""

    message_type: ClassVar[str] = "distribution.deadline-near.v1"


class DeadlineToday(DeadlineEvent):
    """The deadline ends with this day in Norway."""

    message_type: ClassVar[str] = "distribution.deadline-today.v1"


class ListOverdue(DeadlineEvent):
    """The deadline is over. The list can still be answered; the answer is marked late."""

    message_type: ClassVar[str] = "distribution.list-overdue.v1"


class DeadlineExtended(DeadlineEvent):
    """IMDi moved the deadline from ``before`` to ``deadline``; its clock starts anew."""

    message_type: ClassVar[str] = "distribution.deadline-extended.v1"
    before: date
