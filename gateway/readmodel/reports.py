"""Reports between the lists, as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.envelope import EPOCH
from contracts.municipality.codes import ReportKind, ReportStatus
from contracts.municipality.reports import WEEKLY_PLACES_ID, PersonReportState, ReportState
from gateway.readmodel.feeds import Position
from gateway.readmodel.reader import Reader

MOST = 200
"""Reports shown at once, open ones first: more than any municipality keeps in view."""

# $2: one kind, or '' for all; $3: one report, or ''. Open ones first, then the newest.
REPORTS = """
SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY status <> 'open', entered_at DESC, report_id),
                '[]') AS reports
FROM (
    SELECT * FROM (
        SELECT * FROM readmodel.report WHERE municipality_id = $1
        UNION ALL SELECT * FROM readmodel.person_report WHERE municipality_id = $1
    ) AS every
    WHERE ($2::text = '' OR kind = $2) AND ($3::text = '' OR report_id = $3)
    ORDER BY status <> 'open', entered_at DESC, report_id LIMIT $4
) AS found
"""

# Newest first, whatever their kind and status; $3 and $4 are the last one that was seen.
REPORT_FEED = """
SELECT coalesce(jsonb_agg(jsonb_build_array(body, sequence) ORDER BY entered_at DESC, report_id DESC), '[]') AS reports
FROM (
    SELECT * FROM (
        SELECT * FROM readmodel.report WHERE municipality_id = $1
        UNION ALL SELECT * FROM readmodel.person_report WHERE municipality_id = $1
    ) AS every
    WHERE ($2::text = '' OR kind = $2)
      AND ($3::timestamptz IS NULL OR (entered_at, report_id) < ($3, $4::text))
    ORDER BY entered_at DESC, report_id DESC LIMIT $5
) AS found
"""

State = ReportState | PersonReportState


@dataclass(frozen=True, slots=True)
class Report:
    """A report and its version, to be named by a command."""

    state: State
    version: int

    @property
    def kind(self) -> ReportKind:
        """What it is about."""
        return self.state.kind

    @property
    def open(self) -> bool:
        """Whether it may be changed."""
        return self.state.status is ReportStatus.OPEN

    @property
    def questioned(self) -> bool:
        """Whether the municipality is asked if it is still valid."""
        return self.open and self.state.questioned_at is not None


async def find_reports(reader: Reader, municipality_id: str, kind: ReportKind | None = None) -> list[Report]:
    """Find a municipality's reports, all or of one kind: open ones first, then the newest."""
    return await _find(reader, municipality_id, kind.value if kind else "", "")


async def report_feed(
    reader: Reader, municipality_id: str, kind: ReportKind | None, *, after: Position | None, limit: int
) -> list[Report]:
    """Find the next reports, newest first."""
    at, identity = (after.at, after.identity) if after else (None, None)
    wanted = kind.value if kind else ""
    row = await reader.row(municipality_id, REPORT_FEED, municipality_id, wanted, at, identity, limit)
    assert row is not None
    return [Report(state_of(body), sequence % EPOCH) for body, sequence in row["reports"]]


async def find_report(reader: Reader, municipality_id: str, report_id: str) -> Report | None:
    """Find one report of a municipality; None where it has none such."""
    found = await _find(reader, municipality_id, "", report_id)
    return found[0] if found else None


async def find_weekly_places(reader: Reader, municipality_id: str) -> Report | None:
    """Find what a municipality has told of weeks; None where it has told of none yet."""
    return await find_report(reader, municipality_id, WEEKLY_PLACES_ID)


async def _find(reader: Reader, municipality_id: str, kind: str, report_id: str) -> list[Report]:
    row = await reader.row(municipality_id, REPORTS, municipality_id, kind, report_id, MOST)
    assert row is not None
    return [Report(state_of(body), sequence % EPOCH) for body, sequence in row["reports"]]


def state_of(body: dict[str, Any]) -> State:
    """Read a report's state."""
    about_persons = ReportKind(body["kind"]).about_persons
    return PersonReportState.model_validate(body) if about_persons else ReportState.model_validate(body)
