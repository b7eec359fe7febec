"""What municipality takes and tells, major version 1: the register, requests, resolutions and the ledger of places."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import ContactRole, LanguageForm, MailFailure, Movement, PlaceKind
from contracts.envelope import Message
from contracts.fields import (
    Actor,
    Count,
    EmailAddress,
    FieldProblem,
    ListId,
    MunicipalityId,
    MunicipalityNumber,
    OrganisationNumber,
    Part,
    RunningNumber,
    ShortText,
    Text,
    Version,
    Year,
)


class Contact(Part):
    """Somebody in the municipality whom the system may write to."""

    name: ShortText
    email: EmailAddress
    roles: Annotated[list[ContactRole], Field(min_length=1)]


class ContactState(Contact):
    """A contact as it stands. mail_failure: why e-mail does not reach them, since ``mail_failed_at``; None: it does."""

    mail_failure: MailFailure | None = None
    mail_failed_at: datetime | None = None


# Commands. Key: the municipality id. Subject: ``<municipality>/<year>`` or the municipality id.


class RegisterResolution(Message):
    """The municipality's resolution (vedtak) for a year. Not registered is not the same as zero: zero refuses."""

    message_type: ClassVar[str] = "municipality.register-resolution.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: ShortText
    more_than_requested: bool = False
    """Whether more places than IMDi asks for is meant; else that is refused as a likely mistake."""
    expected_version: Version
    actor: Actor


class RegisterContacts(Message):
    """Replace the municipality's contacts with these."""

    message_type: ClassVar[str] = "municipality.register-contacts.v1"
    municipality_id: MunicipalityId
    contacts: Annotated[list[Contact], Field(max_length=100)]
    expected_version: Version
    actor: Actor


# Events. Key: the municipality id. Subject and sequence: the ledger year's, or the municipality's.


class MunicipalityRegistered(Message):
    """A municipality came into the register, or its number, name or organisation number changed."""

    message_type: ClassVar[str] = "municipality.municipality-registered.v1"
    municipality_id: MunicipalityId
    number: MunicipalityNumber
    valid_from: date


class ContactsChanged(Message):
    """How many contacts the municipality has now; who they are, and whom e-mail does not reach, is in its state."""

    message_type: ClassVar[str] = "municipality.contacts-changed.v1"
    municipality_id: MunicipalityId
    contacts: Count


class PlacesRequested(Message):
    """IMDi's request for a year has arrived, or changed."""

    message_type: ClassVar[str] = "municipality.places-requested.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date


class ResolutionRegistered(Message):
    """The municipality resolved how many it takes: the agreement for the year follows from it."""

    message_type: ClassVar[str] = "municipality.resolution-registered.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date


class RequestUnanswered(Message):
    """The day by which IMDi's request was to be answered is over, and no resolution has come.

    Told once a due date: its id is made from the municipality, the year and the date.
    """

    message_type: ClassVar[str] = "municipality.request-unanswered.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date


class LedgerMovement(Part):
    """Movement of one kind of place: signed changes of the four sums; ``left`` changes by agreed − the others."""

    place_kind: PlaceKind
    movement: Movement | None = None
    """None: from a release that did not say."""
    agreed: int = 0
    requested: int = 0
    placed: int = 0
    settled: int = 0
    running_number: RunningNumber | None = None


class PlacesMoved(Message):
    """Entries were added to a ledger year because of a list's fact."""

    message_type: ClassVar[str] = "municipality.places-moved.v1"
    municipality_id: MunicipalityId
    year: Year
    list_id: ListId
    list_version: Version
    movements: list[LedgerMovement]


# State: compacted. Partition key: the municipality id.


class MunicipalityState(Message):
    """A municipality with its present number, names and contacts. Key: the municipality id.

    ``four_eyes``: it wants another one to send an answer than the one who approved it. ``successor``: the id of the one
    that it is part of from ``merged_on``; its number and organisation number are then those it had last.
    """

    message_type: ClassVar[str] = "municipality.municipality-state.v1"
    municipality_id: MunicipalityId
    number: MunicipalityNumber
    name: ShortText
    county_number: Text
    county_name: ShortText
    organisation_number: OrganisationNumber
    language_form: LanguageForm
    population: int
    valid_from: date
    contacts: list[ContactState] = []
    four_eyes: bool = False
    successor: MunicipalityId | None = None
    merged_on: date | None = None


class RegisterState(Message):
    """The size of the register: who has them all may call another number unknown. Key: ``register``."""

    message_type: ClassVar[str] = "municipality.register-state.v1"
    municipalities: Count


class Places(Part):
    """One kind of place in one year. ``agreed`` is None until a resolution is registered and counts as 0 then.

    ``left = agreed − settled − placed − requested``; below zero: more than agreed.
    """

    agreed: int | None
    requested: int
    placed: int
    settled: int
    left: int


class Request(Part):
    """IMDi's request (anmodning) for the year."""

    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date
    received_at: datetime


class Resolution(Part):
    """The municipality's resolution (vedtak) for the year."""

    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: ShortText
    registered_at: datetime
    registered_by: ShortText | None = None
    """The caseworker's name, for colleagues; None where it was not kept."""


class LedgerYearState(Message):
    """The ledger of places of a municipality and year. Key: ``<municipality>/<year>``."""

    message_type: ClassVar[str] = "municipality.ledger-year-state.v1"
    municipality_id: MunicipalityId
    year: Year
    request: Request | None = None
    resolution: Resolution | None = None
    ordinary: Places
    unaccompanied_minor: Places


class LedgerListState(Message):
    """What one list holds in one ledger year, up to ``list_version``. Key: ``<municipality>/<year>/<list>``.

    Its record follows the year's record: who sees this version sees the sums that include it.
    """

    message_type: ClassVar[str] = "municipality.ledger-list-state.v1"
    municipality_id: MunicipalityId
    year: Year
    list_id: ListId
    list_version: Version
    requested: Count
    placed: Count
    settled: Count


class LedgerEntryState(Message):
    """One line of the ledger of a municipality and year. Key: ``<municipality>/<year>/entries/<number>``.

    Written once and never changed: the year's sums are the sums of its lines, and its numbers have no gap. ``at``: when
    it happened. Agreed comes from the resolution registered at ``ledger_version``; all else from a list's fact.
    """

    message_type: ClassVar[str] = "municipality.ledger-entry-state.v1"
    municipality_id: MunicipalityId
    year: Year
    number: Annotated[int, Field(ge=1)]
    ledger_version: Version
    at: datetime
    place_kind: PlaceKind
    movement: Movement
    agreed: int
    requested: int
    placed: int
    settled: int
    list_id: ListId | None = None
    list_version: Version | None = None
    running_numbers: list[RunningNumber] = []
    caused_by: Text | None = None
    """Id of the message it came of; None for entries from before it was kept."""


class LedgerChangeState(Message):
    """A request, a resolution or a passed deadline of a year. Key: ``<municipality>/<year>/changes/<version>``.

    Written once and never changed; exactly one of ``request``, ``resolution`` and ``unanswered`` is there.
    ``unanswered``: the day by which the request was to be answered, and was not.
    """

    message_type: ClassVar[str] = "municipality.ledger-change-state.v1"
    municipality_id: MunicipalityId
    year: Year
    version: Version
    at: datetime
    request: Request | None = None
    resolution: Resolution | None = None
    unanswered: date | None = None


class RequestRejection(Message):
    """A message on ``imdi.requests`` that was not taken, with everything wrong in it by field path."""

    message_type: ClassVar[str] = "municipality.rejection.v1"
    message_id: Text | None = None
    municipality_number: Text | None = None
    topic: Text
    partition: int
    offset: int
    errors: list[FieldProblem]
