"""Keep with which list IMDi has answered a report of agreed self-settlement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.municipality.domain.reports import ReportId
from services.municipality.use_cases.ports import Reports


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """A list that IMDi has published in answer to a report."""

    report_id: ReportId
    list_id: str


async def answer_report(answer: ReportAnswer, reports: Reports, *, now: datetime) -> None:
    """Keep it. A list that names a report that is not there, or is over, is a list like others."""
    report = await reports.open(answer.report_id)
    if report is not None:
        await reports.save(*report.answer(answer.list_id, now))
