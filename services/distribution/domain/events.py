"""What has happened to a list: past tense, ids and codes only. ``version`` is the list's after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import (
    DeclineReason,
    ErasureReason,
    Papers,
    PlaceKind,
    Reminder,
    WithdrawalReason,
)
from services.distribution.domain.persons import Address
from services.distribution.domain.thread_messages import ThreadMessage


@dataclass(frozen=True, slots=True)
class PersonPlace:
    """A person and the kind of place it takes."""

    running_number: int
    place_kind: PlaceKind


@dataclass(frozen=True, slots=True)
class DeclinedPlace:
    """A declined person with the reason's code."""

    running_number: int
    place_kind: PlaceKind
    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class ListReceived:
    """A valid list has arrived: every person holds a requested place."""

    version: int
    deadline: date
    persons: tuple[PersonPlace, ...]
    self_settlement: str | None = None


@dataclass(frozen=True, slots=True)
class TreatmentStarted:
    """Somebody in the municipality has begun to work on the list."""

    version: int


@dataclass(frozen=True, slots=True)
class DecisionsSaved:
    """A draft was kept."""

    version: int
    accepted: int
    declined: int


@dataclass(frozen=True, slots=True)
class ListApproved:
    """The list was approved in the municipality; nothing has been sent."""

    version: int
    accepted: int
    declined: int


@dataclass(frozen=True, slots=True)
class ReturnedToTreatment:
    """An approval was taken back."""

    version: int


@dataclass(frozen=True, slots=True)
class ListAnswered:
    """The answer was sent: declined persons release their places, accepted ones hold theirs until placed."""

    version: int
    accepted: tuple[PersonPlace, ...]
    declined: tuple[DeclinedPlace, ...]
    answered_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class PersonsPlaced:
    """Accepted persons are placed (søkt ut)."""

    version: int
    persons: tuple[PersonPlace, ...]
    placed_on: date


@dataclass(frozen=True, slots=True)
class PersonSettled:
    """A placed person has moved in. ``corrects``: the day that was registered before, where it was wrong."""

    version: int
    person: PersonPlace
    placed_on: date
    settlement_date: date
    corrects: date | None = None


@dataclass(frozen=True, slots=True)
class SettlementPlanned:
    """The municipality can receive these persons in that week; None: no week is planned any more."""

    version: int
    running_numbers: tuple[int, ...]
    week: Week | None


@dataclass(frozen=True, slots=True)
class PersonsWithdrawn:
    """IMDi took these persons back; others are still to be settled, or have moved in."""

    version: int
    persons: tuple[PersonPlace, ...]
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class ListWithdrawn:
    """IMDi took these persons back, and with them the list: nobody is left on it to settle."""

    version: int
    persons: tuple[PersonPlace, ...]
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class PersonsErased:
    """What was known of these persons is erased. ``list_words``: so are the list's own words. No place moves."""

    version: int
    running_numbers: tuple[int, ...]
    reason: ErasureReason
    papers: Papers
    list_words: bool = False


@dataclass(frozen=True, slots=True)
class AddressCorrected:
    """IMDi has corrected where a person lives. The address goes to the table and the folder, never with the event."""

    version: int
    running_number: int
    address: Address = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListOfferedAgain:
    """IMDi offers persons of the list on another one. ``by``: None where that is another municipality's."""

    version: int
    by: str | None


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The deadline is near, today, or over, and the list is not answered. ``persons``: how many wait."""

    version: int
    reminder: Reminder
    deadline: date
    persons: int


@dataclass(frozen=True, slots=True)
class DeadlineExtended:
    """IMDi moved the deadline from ``before`` to a later day. ``persons``: how many wait."""

    version: int
    before: date
    deadline: date
    persons: int


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The municipality has asked IMDi. The words of ``message`` go to IMDi and the pages, never with the event."""

    version: int
    message: ThreadMessage


@dataclass(frozen=True, slots=True)
class ImdiWrote:
    """IMDi has written in a thread; its words as above. ``deadline``: None where the list waits for no answer."""

    version: int
    message: ThreadMessage
    persons: int
    deadline: date | None


ListEvent = (
    ListReceived
    | TreatmentStarted
    | DecisionsSaved
    | ListApproved
    | ReturnedToTreatment
    | ListAnswered
    | PersonsPlaced
    | PersonSettled
    | SettlementPlanned
    | PersonsWithdrawn
    | ListWithdrawn
    | PersonsErased
    | AddressCorrected
    | ListOfferedAgain
    | DeadlineReached
    | DeadlineExtended
    | QuestionAsked
    | ImdiWrote
)
MOVES_PLACES = (ListReceived, ListAnswered, PersonsPlaced, PersonSettled, PersonsWithdrawn, ListWithdrawn)
"""Events that the ledger of places follows."""
LEAVES_WORK_ALONE = (
    PersonsErased,
    AddressCorrected,
    ListOfferedAgain,
    DeadlineReached,
    DeadlineExtended,
    QuestionAsked,
    ImdiWrote,
)
"""Events after which there is the same to work on: a page that was opened before can still be sent."""
