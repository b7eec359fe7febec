"""How reports between the lists become rows. Those about persons lie in a table of their own."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.envelope import Message
from contracts.municipality.reports import PersonReportState, ReportStanding, ReportState
from gateway.readmodel.table import Row, Table

REPORT_UPSERT = """
INSERT INTO readmodel.report AS kept (municipality_id, report_id, kind, status, entered_at, sequence, body)
SELECT municipality_id, report_id, kind, status, entered_at, sequence, body::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::text[])
    AS new (municipality_id, report_id, kind, status, entered_at, sequence, body)
ON CONFLICT (municipality_id, report_id) DO UPDATE
SET kind = excluded.kind, status = excluded.status, entered_at = excluded.entered_at, sequence = excluded.sequence,
    body = excluded.body
WHERE kept.sequence < excluded.sequence
"""
REPORT_DELETE = """
DELETE FROM readmodel.report USING unnest($1::text[]) AS key
WHERE municipality_id = split_part(key, '/', 1) AND report_id = split_part(key, '/', 3)
"""

PERSON_REPORT_UPSERT = REPORT_UPSERT.replace("readmodel.report ", "readmodel.person_report ")
PERSON_REPORT_DELETE = REPORT_DELETE.replace("readmodel.report ", "readmodel.person_report ")


def _columns(state: ReportStanding) -> Row:
    return state.municipality_id, state.report_id, state.kind.value, state.status.value, state.entered_at


def _key(state: ReportStanding) -> str:
    return f"{state.municipality_id}/reports/{state.report_id}"


REPORT_TABLES: Mapping[type[Message], Table] = {
    ReportState: Table(REPORT_UPSERT, REPORT_DELETE, _columns, _key),
    PersonReportState: Table(PERSON_REPORT_UPSERT, PERSON_REPORT_DELETE, _columns, _key),
}
