"""What a municipality reports between the lists, major version 1.

Weekly places, homes that are ready, persons it asks for, agreed self-settlement. Names, numbers and words about persons
travel on commands, on ``municipality.reports`` to IMDi, and on ``municipality.person-reports.state`` to the
municipality's own pages; never on ``.events`` and ``municipality.state``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import AfterValidator, Field, model_validator

from contracts.envelope import Message
from contracts.fields import Actor, DufNumber, ListId, MunicipalityId, Part, ShortText, Text, Version
from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind, ReportStatus, ReportStep
from contracts.weeks import IsoWeek

WEEKLY_PLACES_ID = "weekly-places"
"""Id of the one report of weekly places that each municipality has."""

ReportId = Annotated[str, Field(pattern=r"^(weekly-places|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
"""Id of a report within its municipality: a UUID that whoever enters it chooses, or ``weekly-places``."""

MOST_WEEKS = 120
MOST_PERSONS = 20
LONGEST_NOTE = 2000
MOST_CHANGES = 100
"""Steps of a report's history that its state tells, the latest; the owner keeps all."""

Note = Annotated[Text, Field(max_length=LONGEST_NOTE)]


class WeekPlaces(Part):
    """How many the municipality can receive in a week. 0: nobody; a week that is not there: nothing is said of it."""

    week: IsoWeek
    places: Annotated[int, Field(ge=0, le=10_000)]


WeekT = TypeVar("WeekT", bound=WeekPlaces)


def each_week_once(weeks: list[WeekT]) -> list[WeekT]:
    """Sort the weeks. Raises ValueError where one is named twice."""
    if len({one.week for one in weeks}) < len(weeks):
        raise ValueError("names a week twice")
    return sorted(weeks, key=lambda one: one.week)


Weeks = Annotated[list[WeekPlaces], Field(max_length=MOST_WEEKS), AfterValidator(each_week_once)]


class Homes(Part):
    """Homes of one kind that the municipality has ready. ``area``: in plain words; names nobody and no address."""

    homes: Annotated[int, Field(ge=1, le=500)] = 1
    """How many such homes."""
    bedrooms: Annotated[int, Field(ge=0, le=20)]
    persons: Annotated[int, Field(ge=1, le=50)]
    """For how many persons each is large enough."""
    available_from: date
    features: Annotated[list[HomeFeature], Field(max_length=10)] = []
    area: Annotated[Text, Field(max_length=200)] = ""


class NamedPerson(Part):
    """Somebody whom a report names. The DUF number, where it is known, tells persons of one name apart."""

    name: ShortText
    duf_number: DufNumber | None = None


Persons = Annotated[list[NamedPerson], Field(min_length=1, max_length=MOST_PERSONS)]


class NamedPersons(Part):
    """Persons whom the municipality asks for. ``note``: to IMDi, about the ties."""

    persons: Persons
    tie: FamilyTie
    note: Note = ""


class SelfSettlement(Part):
    """Persons who have found a home themselves, and with whom the municipality agrees."""

    persons: Persons
    address: ShortText
    """Of the home they have found."""
    moves_in: date
    note: Note = ""


class ReportCommand(Message):
    """A command about a report. ``expected_version``: the report's, 0 for one that is new."""

    municipality_id: MunicipalityId
    report_id: ReportId
    expected_version: Version
    actor: Actor

    @property
    def subject(self) -> str:
        """What it is about: the key of the report's state."""
        return f"{self.municipality_id}/reports/{self.report_id}"


# Commands. Key: the municipality id. Subject: ``<municipality>/reports/<report>``.


class ReportWeeklyPlaces(ReportCommand):
    """Say how many the municipality can receive: of all weeks from this one on. A week left out says nothing."""

    message_type: ClassVar[str] = "municipality.report-weekly-places.v1"
    report_id: ReportId = WEEKLY_PLACES_ID
    weeks: Weeks

    @model_validator(mode="after")
    def _is_the_one(self) -> Self:
        if self.report_id != WEEKLY_PLACES_ID:
            raise ValueError("report_id: a municipality has one report of weekly places")
        return self


class ReportHousing(ReportCommand):
    """Enter homes that are ready, or change what was entered."""

    message_type: ClassVar[str] = "municipality.report-housing.v1"
    housing: Homes


class ReportNamedPersons(ReportCommand):
    """Ask for particular persons, or change what was asked."""

    message_type: ClassVar[str] = "municipality.report-named-persons.v1"
    named_persons: NamedPersons


class ReportSelfSettlement(ReportCommand):
    """Report agreed self-settlement, or change what was reported."""

    message_type: ClassVar[str] = "municipality.report-self-settlement.v1"
    self_settlement: SelfSettlement


class ConfirmReport(ReportCommand):
    """Say that a report is still valid."""

    message_type: ClassVar[str] = "municipality.confirm-report.v1"


class WithdrawReport(ReportCommand):
    """Take a report back. Weekly places are not taken back: nothing is said of any week instead."""

    message_type: ClassVar[str] = "municipality.withdraw-report.v1"

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.report_id == WEEKLY_PLACES_ID:
            raise ValueError("report_id: weekly places are not taken back; say nothing of any week")
        return self


# Events. Key: the municipality id. Subject and sequence: the report's.


class HomesFacts(Part):
    """Homes in numbers and codes: all but the words about the area."""

    homes: int
    bedrooms: int
    persons: int
    available_from: date
    features: list[HomeFeature] = []


class ReportFacts(Part):
    """What a report says, without names, numbers or words about anybody. Only what is of the report's kind is there."""

    weeks: list[WeekPlaces] = []
    housing: HomesFacts | None = None
    persons: int | None = None
    """How many persons it names."""
    tie: FamilyTie | None = None
    moves_in: date | None = None


class ReportEvent(Message):
    """Something happened to a report."""

    municipality_id: MunicipalityId
    report_id: ReportId
    kind: ReportKind


class ReportEntered(ReportEvent):
    """A municipality has entered a report."""

    message_type: ClassVar[str] = "municipality.report-entered.v1"
    facts: ReportFacts


class ReportChanged(ReportEvent):
    """A municipality has changed a report."""

    message_type: ClassVar[str] = "municipality.report-changed.v1"
    facts: ReportFacts


class ReportConfirmed(ReportEvent):
    """A municipality says that a report is still valid."""

    message_type: ClassVar[str] = "municipality.report-confirmed.v1"


class ReportQuestioned(ReportEvent):
    """Four weeks have gone since the municipality last changed or confirmed a report: it is asked whether it is valid.

    Told once: its id is made of the report and of when it was last changed or confirmed.
    """

    message_type: ClassVar[str] = "municipality.report-questioned.v1"
    since: datetime


class ReportAnswered(ReportEvent):
    """IMDi has answered a report with a list."""

    message_type: ClassVar[str] = "municipality.report-answered.v1"
    list_id: ListId


class ReportWithdrawn(ReportEvent):
    """A municipality has taken a report back."""

    message_type: ClassVar[str] = "municipality.report-withdrawn.v1"


class ReportLapsed(ReportEvent):
    """Nobody has said for twelve weeks that a report about persons is still valid: it is over, and they are erased.

    Told once, as ``ReportQuestioned`` is.
    """

    message_type: ClassVar[str] = "municipality.report-lapsed.v1"
    since: datetime


# State: compacted. Key and subject: ``<municipality>/reports/<report>``. Partition key: the municipality id.


class WeekChange(Part):
    """One week of a change; None: nothing was, or is, said of it."""

    week: IsoWeek
    before: int | None
    after: int | None


class ReportChange(Part):
    """One step of a report's history: who did what when. ``fields``: which parts changed, never what they said."""

    version: Version
    at: datetime
    step: ReportStep
    by: ShortText | None = None
    """The caseworker's name, for colleagues; None where nobody of the municipality did it."""
    weeks: list[WeekChange] = []
    fields: list[Text] = []


class ReportStanding(Message):
    """A report as it stands, whatever it is about.

    valid_from: when the municipality last changed or confirmed it. questioned_at: since when it is asked whether the
    report is still valid; None: it is not. list_id: the list with which IMDi has answered.
    """

    municipality_id: MunicipalityId
    report_id: ReportId
    kind: ReportKind
    status: ReportStatus
    entered_at: datetime
    valid_from: datetime
    questioned_at: datetime | None = None
    closed_at: datetime | None = None
    list_id: ListId | None = None
    history: list[ReportChange] = []


class ReportState(ReportStanding):
    """Weekly places, or homes, as they stand."""

    message_type: ClassVar[str] = "municipality.report-state.v1"
    weeks: list[WeekPlaces] = []
    housing: Homes | None = None


class PersonReportState(ReportStanding):
    """A report about persons as it stands. What it says of them is there while it is open."""

    message_type: ClassVar[str] = "municipality.person-report-state.v1"
    persons: int
    """How many persons it names, or named."""
    named_persons: NamedPersons | None = None
    self_settlement: SelfSettlement | None = None


# To IMDi, kept 30 days. Key: the municipality id. Subject and sequence: the report's.


class ReportToImdi(Message):
    """A report as the municipality has entered or changed it, or that it is over: then it says nothing more."""

    message_type: ClassVar[str] = "municipality.report.v1"
    municipality_id: MunicipalityId
    report_id: ReportId
    kind: ReportKind
    status: ReportStatus
    at: datetime
    weeks: list[WeekPlaces] = []
    housing: Homes | None = None
    named_persons: NamedPersons | None = None
    self_settlement: SelfSettlement | None = None
