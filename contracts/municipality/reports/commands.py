"""Commands of a municipality about its reports."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_validator

from contracts.envelope import Message
from contracts.fields import Actor, MunicipalityId, Version
from contracts.municipality.reports.parts import WEEKLY_PLACES_ID, Homes, NamedPersons, ReportId, SelfSettlement, Weeks


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
