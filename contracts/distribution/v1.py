"""What distribution takes and tells, major version 1: commands, events, state, answers, rejections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.codes import (
    Category,
    DeclineReason,
    Education,
    ListStatus,
    Need,
    PersonStatus,
    PlaceKind,
    Sex,
    WithdrawalReason,
)
from contracts.distribution.households import AnsweredSplit, DraftSplit, Split
from contracts.envelope import Message
from contracts.erasure import ErasureReason, Papers
from contracts.fields import (
    Actor,
    Count,
    CountryCode,
    DufNumber,
    FieldProblem,
    HouseholdNumber,
    IdentityNumber,
    LanguageTag,
    ListId,
    LongText,
    MunicipalityId,
    MunicipalityNumber,
    Part,
    RunningNumber,
    SelfSettlementId,
    ShortText,
    Text,
    Version,
    Year,
)
from contracts.imdi.v1 import PostalAddress


class DraftDecision(Part):
    """What a form holds for one person; a decline in a draft may still lack its reason."""

    running_number: RunningNumber
    accept: bool = True
    reason: DeclineReason | None = None
    reason_text: LongText | None = None


class Decision(DraftDecision):
    """A decision one may approve: a decline has a reason, and ``other`` has words too (domain §4)."""

    @model_validator(mode="after")
    def _decline_has_a_reason(self) -> Self:
        if self.accept and (self.reason or self.reason_text):
            raise ValueError("an accepted person has no decline reason")
        if not self.accept and self.reason is None:
            raise ValueError("a decline needs a reason")
        if self.reason is DeclineReason.OTHER and not (self.reason_text or "").strip():
            raise ValueError("the reason 'other' needs a text")
        return self


class Week(Part):
    """A week of ISO 8601, by the week's own year: around New Year not its days'. Not all years have a week 53."""

    year: Year
    week: Annotated[int, Field(ge=1, le=53)]

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        date.fromisocalendar(self.year, self.week, 1)
        return self


# Commands: what a municipality asks. Subject: the list id. Key: the municipality id.


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


# Events: facts with ids and codes only. Subject: the list id. Sequence: the list's version. Key: the municipality id.


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


# State: compacted. All records of a list carry the list's version and lie in one partition, persons before the list.


class Act(Part):
    """Who did something, and when."""

    user_id: ShortText
    display_name: ShortText
    at: datetime


class Withdrawal(Part):
    """When IMDi took back the list or the person, and why."""

    at: datetime
    reason: WithdrawalReason


class Extension(Part):
    """IMDi moved the deadline: when, from which day, to which."""

    at: datetime
    before: date
    deadline: date


class ListState(Message):
    """A list as a reader needs it. Key: the list id.

    ``places_version``: the last version that moves places; the ledger has followed once it names that version.
    Counts of accepted and declined follow the decisions as they stand (draft or answer); with ``withdrawn_persons``
    they make up ``persons``. ``placed`` counts all who are placed, the settled ones among them; ``settled`` counts
    those alone: the two are not to be added. ``withdrawn`` is of the whole list; ``answered`` beside it: it was
    answered before.

    ``reoffer``: persons on it were offered on another list before, ``replaces``. ``offered_again_at``: when persons of
    it were last offered on another list; ``replaced_by``. Lists of other municipalities are not named.

    ``overdue``: the deadline is over, which ``ListOverdue`` has told, and the list still waits for its answer.
    ``deadline`` is the present one; ``extensions`` are how IMDi moved it.

    ``messages``: how many there are in the list's threads. ``awaiting_reply``: threads in which IMDi is to write next.
    ``splits``: what the draft or the answer says of households that it splits.
    """

    message_type: ClassVar[str] = "distribution.list-state.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    year: Year
    status: ListStatus
    received_at: datetime
    deadline: date
    persons: Count
    unaccompanied_minors: Count
    accepted: Count
    declined: Count
    placed: Count
    settled: Count
    message: LongText = ""
    places_version: Version
    changed: Act | None = None
    approved: Act | None = None
    answered: Act | None = None
    late: bool = False
    withdrawn_persons: Count = 0
    withdrawn: Withdrawal | None = None
    reoffer: bool = False
    replaces: ListId | None = None
    offered_again_at: datetime | None = None
    replaced_by: list[ListId] = []
    overdue: bool = False
    extensions: list[Extension] = []
    messages: Count = 0
    awaiting_reply: Count = 0
    splits: list[DraftSplit] = []
    self_settlement: SelfSettlementId | None = None
    """The municipality's report that this list answers, where it is one of agreed self-settlement."""
    erased_persons: Count = 0
    """Of how many persons nothing is known any more."""


class PlannedWeek(Part):
    """In which week the municipality can receive a person, and who said so."""

    week: Week
    by: Act


class RegisteredSettlement(Part):
    """A settlement date that was registered: when, by whom, what held before it, and why that was wrong."""

    settlement_date: date
    before: date | None = None
    at: datetime
    by: ShortText | None = None
    reason: Text | None = None


class PersonState(Message):
    """What a municipality may see of a requested person before acceptance. Key: ``<list>/<running number>``.

    A withdrawn person keeps its decision and the day it was placed on, as history. ``settlements``: every date that
    was registered, in their order; the last one holds, and is ``settlement_date``.

    ``erased_at``: since when nothing is known of the person any more. Then ``birth_year`` is 0, ``sex`` unknown, and
    there are no details and no words; a reader from before this field sees them so.
    """

    message_type: ClassVar[str] = "distribution.person-state.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    running_number: RunningNumber
    household: int
    place_kind: PlaceKind
    sex: Sex
    birth_year: int
    nationality: CountryCode | None = None
    languages: list[LanguageTag] = []
    category: Category | None = None
    earliest_arrival: date | None = None
    education: Education | None = None
    occupation: Text | None = None
    needs: list[Need] = []
    needs_note: LongText | None = None
    status: PersonStatus
    decision: DraftDecision
    placed_on: date | None = None
    settlement_date: date | None = None
    withdrawn: Withdrawal | None = None
    planned: PlannedWeek | None = None
    settlements: list[RegisteredSettlement] = []
    erased_at: datetime | None = None


class PersonFolderState(Message):
    """The identified person, from placement on. Key: ``<list>/<running number>``. A tombstone closes the folder."""

    message_type: ClassVar[str] = "distribution.person-folder-state.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    running_number: RunningNumber
    given_name: ShortText
    family_name: ShortText
    birth_date: date
    duf_number: DufNumber
    identity_number: IdentityNumber | None = None
    address: PostalAddress
    languages: list[LanguageTag] = []
    placed_on: date
    health_note: LongText | None = None


# Back to IMDi.


class AnsweredPerson(Part):
    """A person's outcome as IMDi gets it."""

    running_number: RunningNumber
    accepted: bool
    reason: DeclineReason | None = None
    reason_text: LongText | None = None


class Answer(Message):
    """The municipality's answer to a list, on ``distribution.answers``: one and only one per list."""

    message_type: ClassVar[str] = "distribution.answer.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    municipality_number: MunicipalityNumber
    persons: list[AnsweredPerson]
    message: LongText = ""
    answered_at: datetime
    answered_by: ShortText
    late: bool
    splits: list[AnsweredSplit] = []


class Rejection(Message):
    """A message from IMDi that was not taken, with everything wrong in it, by field path and never by value.

    ``message_id`` and ``list_id`` are what could be read of the original, which distribution keeps.
    """

    message_type: ClassVar[str] = "distribution.rejection.v1"
    message_id: Text | None = None
    list_id: Text | None = None
    municipality_number: Text | None = None
    topic: Text
    partition: int
    offset: int
    errors: list[FieldProblem]
