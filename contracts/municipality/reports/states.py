"""Reports as they stand, for pages and for IMDi."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import ListId, MunicipalityId, Part, ShortText, Text, Version
from contracts.municipality.codes import ReportKind, ReportStatus, ReportStep
from contracts.municipality.reports.parts import Homes, NamedPersons, ReportId, SelfSettlement, WeekPlaces
from contracts.weeks import IsoWeek


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
