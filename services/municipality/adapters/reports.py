"""Reports in PostgreSQL and on municipality's topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chassis.storage.transaction import Transaction
from contracts import topics
from contracts.municipality.reports import MOST_CHANGES
from services.municipality.adapters import municipality_rows, report_messages, report_rows
from services.municipality.domain.codes import ReportKind, ReportStep
from services.municipality.domain.reports import Change, Report, ReportId

TO_IMDI = frozenset({ReportStep.ENTERED, ReportStep.CHANGED, ReportStep.WITHDRAWN, ReportStep.LAPSED})
"""Steps after which IMDi gets the report; of the others the event says all there is."""


@dataclass(frozen=True, slots=True)
class PgReports:
    """Reports, over one transaction."""

    transaction: Transaction

    async def open(self, report_id: ReportId, kind: ReportKind = ReportKind.HOUSING) -> Report | None:
        """Open a report, locked with its municipality; None where that is unknown; at version 0 where there is none."""
        connection, municipality_id = self.transaction.connection, report_id.municipality_id
        if not await municipality_rows.lock(connection, [municipality_id]):
            return None
        found = await report_rows.read(connection, municipality_id, report_id.report_id, MOST_CHANGES)
        return found[0] if found else Report(report_id, kind)

    async def save(self, report: Report, changes: Sequence[Change]) -> None:
        """Keep the report and publish what happened, what goes to IMDi, and its state; without changes nothing."""
        if not changes:
            return
        await report_rows.write(self.transaction.connection, report, changes)
        for change in changes:
            await self.transaction.publish(
                topics.MUNICIPALITY_EVENTS.name,
                report_messages.event(report, change),
                key=report.id.municipality_id,
                subject=str(report.id),
                sequence=change.version,
                message_id=report_messages.once_id(report, change),
            )
            if change.step in TO_IMDI:
                await self.transaction.publish(
                    topics.MUNICIPALITY_REPORTS.name,
                    report_messages.to_imdi(report, change),
                    key=report.id.municipality_id,
                    subject=str(report.id),
                    sequence=change.version,
                )
        await self.publish_state(report)

    async def publish_state(self, report: Report) -> None:
        """Publish a report as it stands."""
        topic = topics.PERSON_REPORTS if report.kind.about_persons else topics.MUNICIPALITY_STATE
        await self.transaction.publish(
            topic.name,
            report_messages.state(report),
            key=str(report.id),
            subject=str(report.id),
            sequence=report.version,
            partition_key=report.id.municipality_id,
        )

    async def to_be_asked(self, since: datetime, today: date, most: int) -> list[ReportId]:
        """Find open reports last known to be valid at ``since`` or before, not asked about, that matter, in order."""
        return await report_rows.to_be_asked(self.transaction.connection, since, today, most)

    async def to_lapse(self, since: datetime, most: int) -> list[ReportId]:
        """Find open reports about persons last known to be valid at ``since`` or before, in order."""
        return await report_rows.to_lapse(self.transaction.connection, since, most)
