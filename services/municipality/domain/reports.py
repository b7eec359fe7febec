"""A report's life: entered, changed, asked about, confirmed, answered, taken back, lapsed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from services.municipality.domain.codes import ReportKind, ReportStatus, ReportStep, Role
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    Refusal,
    ReportClosed,
    ReportNotFound,
    RoleMayNotWrite,
)
from services.municipality.domain.report_contents import (
    Content,
    WeekChange,
    WeeklyPlaces,
    changed_fields,
    kind_of,
    people_in,
)
from services.municipality.domain.weeks import Week

ASKED_AFTER = timedelta(weeks=4)
"""A report that nobody has changed or confirmed for so long is asked about: is it still valid? [D]"""
LAPSES_AFTER = timedelta(weeks=12)
"""A report about persons that nobody has changed or confirmed for so long is over, and they are erased [D]."""
WEEKLY_PLACES_ID = "weekly-places"


@dataclass(frozen=True, slots=True, order=True)
class ReportId:
    """A report of a municipality."""

    municipality_id: str
    report_id: str

    def __str__(self) -> str:
        return f"{self.municipality_id}/reports/{self.report_id}"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody of the municipality. ``user_id``: a pseudonym; ``name``: for colleagues."""

    user_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Change:
    """One step, and the report's version after it. ``by``: None where nobody of the municipality did it.

    since: of a question or a lapse, when the report was last known to be valid.
    """

    version: int
    at: datetime
    step: ReportStep
    by: Who | None = None
    weeks: tuple[WeekChange, ...] = ()
    fields: tuple[str, ...] = ()
    since: datetime | None = None


Decided = tuple["Report", list[Change]]


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands; at version 0 there is none yet.

    content: what it says; None once a report about persons is no longer open.
    valid_from: when the municipality last changed or confirmed it. questioned_at: since when it is asked about.
    people: how many persons it names, or named.
    """

    id: ReportId
    kind: ReportKind
    version: int = 0
    status: ReportStatus = ReportStatus.OPEN
    content: Content | None = None
    entered_at: datetime | None = None
    valid_from: datetime | None = None
    questioned_at: datetime | None = None
    closed_at: datetime | None = None
    list_id: str | None = None
    people: int | None = None
    changes: tuple[Change, ...] = field(default=())

    def put(self, content: Content, *, by: Who, expected_version: int, now: datetime, today: date) -> Decided | Refusal:
        """Enter or change what it says. The same again changes nothing, but says that it is valid if that is asked."""
        if refusal := self._refusal(by, expected_version):
            return refusal
        if kind_of(content) is not self.kind:
            return ReportNotFound(self.id.report_id)
        this_week = Week.of(today)
        weeks: tuple[WeekChange, ...] = ()
        if refused := content.refusal(self.content, today):
            return refused
        if isinstance(content, WeeklyPlaces):
            told = self.content if isinstance(self.content, WeeklyPlaces) else None
            content = content.after(told, this_week)
            weeks = content.changes(told, this_week)
        changed = bool(weeks) if isinstance(content, WeeklyPlaces) else content != self.content
        if not changed:
            return _step(self, ReportStep.CONFIRMED, now, by) if self.questioned_at else (self, [])
        step = ReportStep.CHANGED if self.version else ReportStep.ENTERED
        parts = tuple(changed_fields(self.content, content))
        said = replace(self, content=content, people=people_in(content), entered_at=self.entered_at or now)
        return _step(said, step, now, by, weeks=weeks, fields=parts)

    def confirm(self, *, by: Who, expected_version: int, now: datetime) -> Decided | Refusal:
        """Say that it is still valid."""
        refusal = self._refusal(by, expected_version, there=True)
        return refusal or _step(self, ReportStep.CONFIRMED, now, by)

    def withdraw(self, *, by: Who, expected_version: int, now: datetime) -> Decided | Refusal:
        """Take it back. What it said of persons is erased; that there was a report stays."""
        if refusal := self._refusal(by, expected_version, there=True):
            return refusal
        return _step(_closed(self, ReportStatus.WITHDRAWN), ReportStep.WITHDRAWN, now, by)

    def question(self, now: datetime, today: date) -> Decided:
        """Ask whether it is still valid, if four weeks have gone; once until somebody changes or confirms it."""
        if not self.due(now, ASKED_AFTER) or self.questioned_at:
            return self, []
        if isinstance(self.content, WeeklyPlaces) and self.content.matters_until < today:
            return self, []
        return _step(replace(self, questioned_at=now), ReportStep.QUESTIONED, now)

    def lapse(self, now: datetime) -> Decided:
        """End a report about persons that nobody has said for long to be valid. They are erased."""
        if not self.kind.about_persons or not self.due(now, LAPSES_AFTER):
            return self, []
        return _step(_closed(self, ReportStatus.LAPSED), ReportStep.LAPSED, now)

    def answer(self, list_id: str, now: datetime) -> Decided:
        """Keep with which list IMDi has answered; a later list takes the place of an earlier one.

        Repeats change nothing. One that was taken back or has lapsed stays so, and so does another kind of report.
        """
        answerable = self.status in {ReportStatus.OPEN, ReportStatus.ANSWERED} and self.version > 0
        if self.kind is not ReportKind.SELF_SETTLEMENT or not answerable or self.list_id == list_id:
            return self, []
        return _step(replace(_closed(self, ReportStatus.ANSWERED), list_id=list_id), ReportStep.ANSWERED, now)

    def due(self, now: datetime, after: timedelta) -> bool:
        """Whether it is open and was last known to be valid so long ago."""
        return self.status is ReportStatus.OPEN and self.valid_from is not None and self.valid_from + after <= now

    def _refusal(self, by: Who, expected_version: int, *, there: bool = False) -> Refusal | None:
        if not by.role.may_write:
            return RoleMayNotWrite(by.role)
        if there and self.version == 0:
            return ReportNotFound(self.id.report_id)
        if self.status is not ReportStatus.OPEN:
            return ReportClosed(self.status)
        return None if self._seen(expected_version) else ChangedMeanwhile(expected_version, self.version)

    def _seen(self, version: int) -> bool:
        """Whether who looked at that version has seen all there is: a question in the meantime changes nothing."""
        since = [change.step for change in self.changes if change.version > version]
        return len(since) == self.version - version and set(since) <= {ReportStep.QUESTIONED}


def _closed(report: Report, status: ReportStatus) -> Report:
    return replace(report, status=status, content=None if report.kind.about_persons else report.content)


def _step(report: Report, step: ReportStep, now: datetime, by: Who | None = None, **told: Any) -> Decided:  # noqa: ANN401
    since = report.valid_from if step in {ReportStep.QUESTIONED, ReportStep.LAPSED} else None
    change = Change(report.version + 1, now, step, by, since=since, **told)
    after: dict[str, Any] = {}
    if step in {ReportStep.ENTERED, ReportStep.CHANGED, ReportStep.CONFIRMED}:
        after = {"valid_from": now, "questioned_at": None}
    elif report.status is not ReportStatus.OPEN:
        after = {"closed_at": now, "questioned_at": None}
    return replace(report, version=change.version, changes=(*report.changes, change), **after), [change]
