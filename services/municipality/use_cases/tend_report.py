"""Say that a report is still valid, or take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.municipality.domain.codes import ReportKind
from services.municipality.domain.refusals import UnknownMunicipality
from services.municipality.domain.reports import ReportId, Who
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.ports import Reports


@dataclass(frozen=True, slots=True)
class TendReport:
    """``withdraw``: take it back; else it is still valid. ``expected_version``: the report's."""

    report_id: ReportId
    expected_version: int
    by: Who
    withdraw: bool = False


async def tend_report(command: TendReport, reports: Reports, *, now: datetime) -> Outcome:
    """Confirm or withdraw the report, or refuse."""
    subject = str(command.report_id)
    # Of a report that is not there the kind does not matter: nothing can be done with it.
    report = await reports.open(command.report_id, ReportKind.HOUSING)
    if report is None:
        return Refused(subject, None, UnknownMunicipality(command.report_id.municipality_id))
    do = report.withdraw if command.withdraw else report.confirm
    decided = do(by=command.by, expected_version=command.expected_version, now=now)
    if not isinstance(decided, tuple):
        return Refused(subject, report.version, decided)
    changed, changes = decided
    await reports.save(changed, changes)
    return Accepted(subject, changed.version)
