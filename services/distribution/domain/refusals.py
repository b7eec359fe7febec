"""Why a command is refused: a named type each, with what a page needs to say so. Nothing has changed then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import ListStatus, WithdrawalReason


@dataclass(frozen=True, slots=True)
class ListNotFound:
    """The municipality has no such list. Another municipality's is told no differently."""

    list_id: str


@dataclass(frozen=True, slots=True)
class RoleMayNotWrite:
    """The actor's role reads only."""

    role: str


@dataclass(frozen=True, slots=True)
class AlreadyAnswered:
    """The answer has been sent, by this person at this moment: the list is read-only for good."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ListWasWithdrawn:
    """IMDi took the list back at this moment: nobody works on it any more."""

    at: datetime
    reason: WithdrawalReason


@dataclass(frozen=True, slots=True)
class PersonsWereWithdrawn:
    """IMDi took these persons back at this moment: since the actor looked, or the command names them all the same."""

    running_numbers: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonsAreErased:
    """What was known of these persons has been erased: nothing more is written about them."""

    running_numbers: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class VersionConflict:
    """The actor looked at another version than the present one; nothing is overwritten.

    by, at: who changed the list last, and when; None where only IMDi has touched it.
    """

    expected: int
    actual: int
    by: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DraftConflict:
    """Since the actor looked, somebody else has changed the very same, to something else; nothing is overwritten.

    by, at: who changed the list last, and when.
    """

    running_numbers: tuple[int, ...]
    households: tuple[int, ...]
    message: bool
    by: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FourEyesRequired:
    """The municipality wants another one to send than the one who approved; this actor approved."""

    at: datetime


@dataclass(frozen=True, slots=True)
class WrongStatus:
    """What was asked cannot be done to a list that stands so."""

    status: ListStatus


@dataclass(frozen=True, slots=True)
class NotApproved:
    """Only an approved list can be sent."""

    status: ListStatus


@dataclass(frozen=True, slots=True)
class UnknownPerson:
    """The list has no persons with these running numbers."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecidedTwice:
    """These persons were decided on more than once in one command."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecisionMissing:
    """An approval decides on every person; these were left out."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReasonMissing:
    """These persons were declined without a reason, or with ``other`` and no words."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HouseholdsDiffer:
    """The list has no households of these numbers, or a command speaks twice of one."""

    households: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HouseholdSplitUnconfirmed:
    """Some of these households are accepted and others declined, and nobody has said that this is meant, and why."""

    households: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Only a placed person can be settled."""

    running_number: int


@dataclass(frozen=True, slots=True)
class SettlementBeforePlacement:
    """Nobody moves in before the placement (domain §4)."""

    placed_on: date
    running_number: int


@dataclass(frozen=True, slots=True)
class SettlementInFuture:
    """A settlement is registered once it has happened (domain §4)."""

    today: date
    running_number: int


@dataclass(frozen=True, slots=True)
class CorrectionReasonMissing:
    """These persons' settlement dates would be corrected without a word on why."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AlreadySettled:
    """These persons have moved in: no week is planned for them any more."""

    running_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlannedWeekPast:
    """The week is over; the earliest that can be planned."""

    earliest: Week


@dataclass(frozen=True, slots=True)
class PlannedWeekTooFar:
    """The week is too far ahead to be meant; the latest that can be planned."""

    latest: Week


@dataclass(frozen=True, slots=True)
class ThreadFull:
    """The list has as many messages as it may have."""

    most: int


Refusal = (
    ListNotFound
    | RoleMayNotWrite
    | AlreadyAnswered
    | ListWasWithdrawn
    | PersonsWereWithdrawn
    | PersonsAreErased
    | VersionConflict
    | DraftConflict
    | FourEyesRequired
    | WrongStatus
    | NotApproved
    | UnknownPerson
    | DecidedTwice
    | DecisionMissing
    | ReasonMissing
    | HouseholdsDiffer
    | HouseholdSplitUnconfirmed
    | NotPlaced
    | SettlementBeforePlacement
    | SettlementInFuture
    | CorrectionReasonMissing
    | AlreadySettled
    | PlannedWeekPast
    | PlannedWeekTooFar
    | ThreadFull
)
