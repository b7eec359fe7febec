"""What a municipality asks of distribution. Subject: the list id. Key: the municipality id."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.distribution.households import DraftSplit, Split
from contracts.distribution.v1.parts import Decision, DraftDecision, Week
from contracts.envelope import Message
from contracts.fields import (
    Actor,
    HouseholdNumber,
    ListId,
    LongText,
    MunicipalityId,
    Part,
    RunningNumber,
    Text,
    Version,
)


class ListCommand(Message):
    """``expected_version``: the list's version the user looked at; another is refused, nothing is overwritten."""

    list_id: ListId
    municipality_id: MunicipalityId
    expected_version: Version
    actor: Actor


class Touched(Part):
    """What a user changed since ``expected_version``: persons, households, the message; all else is as it was then."""

    persons: list[RunningNumber] = []
    households: list[HouseholdNumber] = []
    message: bool = False


class SaveDecisions(ListCommand):
    """Keep the form as a draft; starts treatment of a list that was only received.

    With ``touched`` only that is taken, and merged with what others have saved meanwhile; refused where they saved
    something else of the same. Without it another version than ``expected_version`` is refused.
    """

    message_type: ClassVar[str] = "distribution.save-decisions.v1"
    decisions: Annotated[list[DraftDecision], Field(min_length=1, max_length=500)]
    message: LongText = ""
    splits: Annotated[list[DraftSplit], Field(max_length=500)] = []
    touched: Touched | None = None


class ApproveList(ListCommand):
    """Godkjenn liste: approve exactly these decisions and this message. Nothing leaves yet.

    ``splits``: of each household that is answered in parts, that this is meant, and why.
    """

    message_type: ClassVar[str] = "distribution.approve-list.v1"
    decisions: Annotated[list[Decision], Field(min_length=1, max_length=500)]
    message: LongText = ""
    splits: Annotated[list[Split], Field(max_length=500)] = []


class ReturnToTreatment(ListCommand):
    """Take an approved list back to treatment, before it is sent."""

    message_type: ClassVar[str] = "distribution.return-to-treatment.v1"


class SendAnswer(ListCommand):
    """Send svar: send what was approved. ``accepted_at`` is when the gateway took it: lateness counts from there."""

    message_type: ClassVar[str] = "distribution.send-answer.v1"
    accepted_at: datetime


class RegisterSettlement(ListCommand):
    """A placed person has moved in: never before the placement date, never after today."""

    message_type: ClassVar[str] = "distribution.register-settlement.v1"
    running_number: RunningNumber
    settlement_date: date


class MovedIn(Part):
    """A placed person has moved in on that day. ``reason``: why a day that was registered before was wrong."""

    running_number: RunningNumber
    settlement_date: date
    reason: Annotated[Text, Field(max_length=1000)] | None = None


class RegisterSettlements(ListCommand):
    """Placed persons of a list have moved in, a household say: all of it or nothing. Dates as above.

    Another day than the one registered before corrects it, and needs a reason.
    """

    message_type: ClassVar[str] = "distribution.register-settlements.v1"
    persons: Annotated[list[MovedIn], Field(min_length=1, max_length=500)]


class PlanSettlement(ListCommand):
    """The week in which the municipality can receive these placed persons; None: no week is planned any more."""

    message_type: ClassVar[str] = "distribution.plan-settlement.v1"
    running_numbers: Annotated[list[RunningNumber], Field(min_length=1, max_length=500)]
    week: Week | None
