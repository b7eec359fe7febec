"""Enter a report, or change what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.municipality.domain.refusals import UnknownMunicipality
from services.municipality.domain.report_contents import Content, kind_of
from services.municipality.domain.reports import ReportId, Who
from services.municipality.use_cases.outcomes import Accepted, Outcome, Refused
from services.municipality.use_cases.ports import Municipalities, Reports


@dataclass(frozen=True, slots=True)
class PutReport:
    """What a report is to say. ``expected_version``: the report's, 0 for one that is new."""

    report_id: ReportId
    content: Content
    expected_version: int
    by: Who


async def put_report(
    command: PutReport, reports: Reports, municipalities: Municipalities, *, now: datetime, today: date
) -> Outcome:
    """Enter or change the report, or refuse. ``today``: the day in Norway.

    A municipality that has merged enters none; those it had go on under it.
    """
    subject = str(command.report_id)
    municipality = await municipalities.get(command.report_id.municipality_id)
    report = await reports.open(command.report_id, kind_of(command.content))
    if report is None or municipality is None:
        return Refused(subject, None, UnknownMunicipality(command.report_id.municipality_id))
    if report.version == 0 and (merged := municipality.refuses_new(today)):
        return Refused(subject, None, merged)
    decided = report.put(
        command.content, by=command.by, expected_version=command.expected_version, now=now, today=today
    )
    if not isinstance(decided, tuple):
        return Refused(subject, report.version, decided)
    changed, changes = decided
    await reports.save(changed, changes)
    return Accepted(subject, changed.version)
