"""Facts about reports, in numbers and codes only. Key: the municipality id. Subject and sequence: the report's."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import ListId, MunicipalityId, Part
from contracts.municipality.codes import FamilyTie, HomeFeature, ReportKind
from contracts.municipality.reports.parts import ReportId, WeekPlaces


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
