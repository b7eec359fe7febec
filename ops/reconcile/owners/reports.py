"""Municipality's reports between the lists. Those about persons lie on a topic, and in a table, of their own."""

from __future__ import annotations

from contracts.municipality.reports import MOST_CHANGES, PersonReportState, ReportState
from contracts.topics import MUNICIPALITY_STATE, PERSON_REPORTS
from ops.reconcile.entities import Check, Entity

# What a report says stands under its kind's name; of weekly places it is the weeks themselves.
_ROWS = """
SELECT r.municipality_id || '/reports/' || r.report_id AS key, r.version AS sequence,
       jsonb_build_object(
           'municipality_id', r.municipality_id, 'report_id', r.report_id, 'kind', r.kind, 'status', r.status,
           'entered_at', r.entered_at, 'valid_from', r.valid_from, 'questioned_at', r.questioned_at,
           'closed_at', r.closed_at, 'list_id', r.list_id,
           'history', (
               SELECT jsonb_agg(jsonb_build_object(
                   'version', c.version, 'at', c.at, 'step', c.step, 'by', c.name, 'weeks', c.weeks,
                   'fields', c.fields) ORDER BY c.version)
               FROM (SELECT * FROM report_change AS c
                     WHERE c.municipality_id = r.municipality_id AND c.report_id = r.report_id
                     ORDER BY c.version DESC LIMIT {most}) AS c)
       ) || {said} AS body
FROM report AS r
WHERE r.kind IN ({kinds})
  AND (%(keys)s::text[] IS NULL OR r.municipality_id || '/reports/' || r.report_id = ANY(%(keys)s))
"""

REPORTS = _ROWS.format(
    most=MOST_CHANGES,
    kinds="'weekly_places', 'housing'",
    said="""CASE r.kind WHEN 'weekly_places' THEN r.content ELSE jsonb_build_object('housing', r.content) END""",
)

PERSON_REPORTS_ROWS = _ROWS.format(
    most=MOST_CHANGES,
    kinds="'named_persons', 'self_settlement'",
    said="jsonb_build_object('persons', r.people, r.kind, r.content)",
)

_SHOWN = """
SELECT municipality_id || '/reports/' || report_id AS key, sequence, body,
       (body ->> 'municipality_id', body ->> 'report_id', body ->> 'kind', body ->> 'status',
        (body ->> 'entered_at')::timestamptz)
       IS NOT DISTINCT FROM (municipality_id, report_id, kind, status, entered_at) AS agrees
FROM readmodel.{table}
WHERE %(keys)s::text[] IS NULL OR municipality_id || '/reports/' || report_id = ANY(%(keys)s)
"""

# The report's version is that of its last step, and none of them is missing.
STEPS_THAT_DRIFT = """
SELECT r.municipality_id || '/reports/' || r.report_id AS key
FROM report AS r
LEFT JOIN LATERAL (
    SELECT count(*) AS steps, max(version) AS last FROM report_change AS c
    WHERE c.municipality_id = r.municipality_id AND c.report_id = r.report_id
) AS c ON true
WHERE (r.version, r.version) IS DISTINCT FROM (c.steps, c.last)
ORDER BY key
"""

ENTITIES = (
    Entity("reports", MUNICIPALITY_STATE, ReportState, REPORTS, _SHOWN.format(table="report")),
    Entity(
        "reports about persons",
        PERSON_REPORTS,
        PersonReportState,
        PERSON_REPORTS_ROWS,
        _SHOWN.format(table="person_report"),
    ),
)
CHECKS = (Check("a report has all steps of its history", STEPS_THAT_DRIFT),)
