"""Rows of the reports' tables as the domain's words, and the statements that read and write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from chassis.storage.database import Connection
from services.municipality.domain.codes import ReportKind, ReportStatus, ReportStep, Role
from services.municipality.domain.report_contents import WeekChange, WeeklyPlaces
from services.municipality.domain.report_plain import content_of, plain
from services.municipality.domain.reports import Change, Report, ReportId, Who
from services.municipality.domain.weeks import Week

# A report with the latest steps of its history, as many as its state tells. $2: one report's id, or NULL for all.
READ = """
SELECT r.*, c.steps
FROM report AS r
CROSS JOIN LATERAL (
    SELECT jsonb_agg(to_jsonb(latest) ORDER BY latest.version) AS steps
    FROM (SELECT version, at, step, user_id, name, weeks, fields FROM report_change AS c
          WHERE c.municipality_id = r.municipality_id AND c.report_id = r.report_id
          ORDER BY version DESC LIMIT $3) AS latest
) AS c
WHERE r.municipality_id = $1 AND ($2::text IS NULL OR r.report_id = $2)
ORDER BY r.report_id
"""

# A report is only ever replaced by a later version of itself.
WRITE = """
INSERT INTO report AS kept
    (municipality_id, report_id, kind, version, status, content, people, entered_at, valid_from, questioned_at,
     closed_at, list_id, matters_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (municipality_id, report_id) DO UPDATE SET
    version = excluded.version, status = excluded.status, content = excluded.content, people = excluded.people,
    valid_from = excluded.valid_from, questioned_at = excluded.questioned_at, closed_at = excluded.closed_at,
    list_id = excluded.list_id, matters_until = excluded.matters_until
WHERE kept.version < excluded.version
RETURNING kept.report_id
"""

WRITE_CHANGE = """
INSERT INTO report_change (municipality_id, report_id, version, at, step, user_id, name, weeks, fields)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

TO_BE_ASKED = """
SELECT municipality_id, report_id FROM report
WHERE status = 'open' AND questioned_at IS NULL AND valid_from <= $1
  AND (matters_until IS NULL OR matters_until >= $2)
ORDER BY municipality_id, report_id LIMIT $3
"""

TO_LAPSE = """
SELECT municipality_id, report_id FROM report
WHERE status = 'open' AND kind IN ('named_persons', 'self_settlement') AND valid_from <= $1
ORDER BY municipality_id, report_id LIMIT $2
"""


async def read(connection: Connection, municipality_id: str, report_id: str | None, steps: int) -> list[Report]:
    """Read the reports of a municipality, or one of them, each with so many of its latest steps."""
    return [_report(row) for row in await connection.fetch(READ, municipality_id, report_id, steps)]


async def write(connection: Connection, report: Report, changes: Sequence[Change]) -> None:
    """Write a report with what happened to it."""
    written = await connection.fetchval(
        WRITE,
        report.id.municipality_id,
        report.id.report_id,
        report.kind.value,
        report.version,
        report.status.value,
        None if report.content is None else plain(report.content),
        report.people,
        report.entered_at,
        report.valid_from,
        report.questioned_at,
        report.closed_at,
        report.list_id,
        report.content.matters_until if isinstance(report.content, WeeklyPlaces) else None,
    )
    assert written, "whoever changes it holds the municipality's lock"
    await connection.executemany(WRITE_CHANGE, [_row(report.id, change) for change in changes])


async def to_be_asked(connection: Connection, since: datetime, today: date, most: int) -> list[ReportId]:
    """Find the reports to be asked about."""
    return [ReportId(*row) for row in await connection.fetch(TO_BE_ASKED, since, today, most)]


async def to_lapse(connection: Connection, since: datetime, most: int) -> list[ReportId]:
    """Find the reports that lapse."""
    return [ReportId(*row) for row in await connection.fetch(TO_LAPSE, since, most)]


def _row(report_id: ReportId, change: Change) -> tuple[Any, ...]:
    who = (change.by.user_id, change.by.name) if change.by else (None, None)
    weeks = [{"week": str(one.week), "before": one.before, "after": one.after} for one in change.weeks]
    place = (report_id.municipality_id, report_id.report_id, change.version)
    return (*place, change.at, change.step.value, *who, weeks, list(change.fields))


def _report(row: asyncpg.Record) -> Report:
    kind = ReportKind(row["kind"])
    return Report(
        id=ReportId(row["municipality_id"], row["report_id"]),
        kind=kind,
        version=row["version"],
        status=ReportStatus(row["status"]),
        content=None if row["content"] is None else content_of(kind, row["content"]),
        entered_at=row["entered_at"],
        valid_from=row["valid_from"],
        questioned_at=row["questioned_at"],
        closed_at=row["closed_at"],
        list_id=row["list_id"],
        people=row["people"],
        changes=tuple(map(_change, row["steps"])),
    )


def _change(step: dict[str, Any]) -> Change:
    by = Who(step["user_id"], step["name"], Role.SETTLEMENT_WRITER) if step["user_id"] else None
    weeks = (WeekChange(Week.parse(one["week"]), one["before"], one["after"]) for one in step["weeks"])
    return Change(
        version=step["version"],
        at=datetime.fromisoformat(step["at"]),
        step=ReportStep(step["step"]),
        by=by,
        weeks=tuple(weeks),
        fields=tuple(step["fields"]),
    )
