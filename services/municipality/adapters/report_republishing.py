"""Telling reports again as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chassis.republishing.republish import Selection
from chassis.storage.database import Connection
from chassis.storage.transaction import Transaction
from contracts.municipality.reports import PersonReportState, ReportState
from contracts.topics import MUNICIPALITY_STATE, PERSON_REPORTS
from services.municipality.adapters.reports import PgReports
from services.municipality.domain.reports import ReportId

# $1: keys or NULL; $2: one municipality or NULL; $3: changed since then, or NULL.
IDS = """
SELECT r.municipality_id || '/reports/' || r.report_id AS key
FROM report AS r
WHERE ($1::text[] IS NULL OR r.municipality_id || '/reports/' || r.report_id = ANY($1))
  AND ($2::text IS NULL OR r.municipality_id = $2)
  AND ($3::timestamptz IS NULL OR EXISTS (
      SELECT FROM report_change AS c
      WHERE c.municipality_id = r.municipality_id AND c.report_id = r.report_id AND c.at >= $3))
  AND r.municipality_id || '/reports/' || r.report_id > $4
ORDER BY key LIMIT $5
"""

# $2: whether reports about persons are meant.
PRESENT = """
SELECT municipality_id || '/reports/' || report_id AS key FROM report
WHERE municipality_id || '/reports/' || report_id = ANY($1)
  AND (kind IN ('named_persons', 'self_settlement')) = $2
"""


@dataclass(frozen=True, slots=True)
class ReportStates:
    """Reports between the lists; told behind the municipalities that they are of."""

    name: str = "reports"

    @property
    def records(self) -> Mapping[str, Collection[str]]:
        """Tell the records that tell of it."""
        return {
            MUNICIPALITY_STATE.name: (ReportState.message_type,),
            PERSON_REPORTS.name: (PersonReportState.message_type,),
        }

    async def ids(self, connection: Connection, selection: Selection, after: str, most: int) -> list[str]:
        """Give the next keys."""
        keys = None if selection.keys is None else list(selection.keys)
        rows = await connection.fetch(IDS, keys, selection.scope, selection.since, after, most)
        return [row["key"] for row in rows]

    async def tell(self, transaction: Transaction, identity: str) -> None:
        """Publish the report."""
        municipality_id, _, report_id = identity.split("/", maxsplit=2)
        reports = PgReports(transaction)
        report = await reports.open(ReportId(municipality_id, report_id))
        if report is not None and report.version:
            await reports.publish_state(report)

    async def present(self, connection: Connection, message_type: str, keys: Sequence[str]) -> set[str]:
        """Tell which of them there are."""
        about_persons = message_type == PersonReportState.message_type
        return {row["key"] for row in await connection.fetch(PRESENT, list(keys), about_persons)}
