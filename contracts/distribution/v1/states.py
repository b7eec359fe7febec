"""How lists and persons stand, on compacted topics.

All records of a list carry the list's version and lie in one partition, persons before the list.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from contracts.codes import (
    Category,
    Education,
    ListStatus,
    Need,
    PersonStatus,
    PlaceKind,
    Sex,
)
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1.parts import Act, DraftDecision, Extension, Week, Withdrawal
from contracts.envelope import Message
from contracts.fields import (
    Count,
    CountryCode,
    DufNumber,
    IdentityNumber,
    LanguageTag,
    ListId,
    LongText,
    MunicipalityId,
    Part,
    RunningNumber,
    SelfSettlementId,
    ShortText,
    Text,
    Version,
    Year,
)
from contracts.imdi.v1 import PostalAddress


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
