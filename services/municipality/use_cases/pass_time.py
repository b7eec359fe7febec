"""What time does to reports: four weeks on it is asked whether they are still valid; in the end some lapse."""

from __future__ import annotations

from datetime import date, datetime

from services.municipality.domain.reports import ASKED_AFTER, LAPSES_AFTER
from services.municipality.use_cases.ports import Reports

AT_ONCE = 50
"""Reports a call: nobody is to wait behind them."""


async def ask_about_reports(reports: Reports, *, now: datetime, today: date) -> int:
    """Ask about each report whose four weeks have gone, once, some at a time; returns how many were found."""
    found = await reports.to_be_asked(now - ASKED_AFTER, today, AT_ONCE)
    for report_id in found:
        report = await reports.open(report_id)
        assert report is not None, "it has just been found"
        await reports.save(*report.question(now, today))
    return len(found)


async def let_reports_lapse(reports: Reports, *, now: datetime) -> int:
    """End reports about persons that nobody has confirmed for long, some at a time; returns how many were found."""
    found = await reports.to_lapse(now - LAPSES_AFTER, AT_ONCE)
    for report_id in found:
        report = await reports.open(report_id)
        assert report is not None, "it has just been found"
        await reports.save(*report.lapse(now))
    return len(found)
