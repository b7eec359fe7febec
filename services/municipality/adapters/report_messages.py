"""From the domain's words about reports to the messages that travel."""

from __future__ import annotations

from typing import Any

from contracts.municipality import codes, reports as v1
from services.municipality.domain.codes import ReportStep
from services.municipality.domain.report_contents import Content, Homes, NamedPersons, SelfSettlement, people_in
from services.municipality.domain.report_plain import plain
from services.municipality.domain.reports import Change, Report

WITHOUT_FACTS: dict[ReportStep, type[v1.ReportEvent]] = {
    ReportStep.CONFIRMED: v1.ReportConfirmed,
    ReportStep.WITHDRAWN: v1.ReportWithdrawn,
}
SINCE: dict[ReportStep, type[v1.ReportEvent]] = {
    ReportStep.QUESTIONED: v1.ReportQuestioned,
    ReportStep.LAPSED: v1.ReportLapsed,
}
"""Facts of time: each is told once of a report as it was last known to be valid."""


def event(report: Report, change: Change) -> v1.ReportEvent:
    """Write what happened; numbers and codes only."""
    about: dict[str, Any] = {
        "municipality_id": report.id.municipality_id,
        "report_id": report.id.report_id,
        "kind": codes.ReportKind(report.kind),
    }
    if change.step in WITHOUT_FACTS:
        return WITHOUT_FACTS[change.step](**about)
    if change.step in SINCE:
        return SINCE[change.step](**about, since=change.since)
    if change.step is ReportStep.ANSWERED:
        return v1.ReportAnswered(**about, list_id=report.list_id)
    assert report.content is not None, "it has just been said"
    told = v1.ReportEntered if change.step is ReportStep.ENTERED else v1.ReportChanged
    return told(**about, facts=_facts(report.content))


def once_id(report: Report, change: Change) -> str | None:
    """Give the id of a fact of time; None for what somebody has done."""
    if change.step not in SINCE:
        return None
    assert change.since is not None, "it is a fact of time"
    return f"{SINCE[change.step].message_type}:{report.id}:{change.since.isoformat()}"


def _facts(content: Content) -> v1.ReportFacts:
    said = plain(content)
    return v1.ReportFacts.model_validate(
        {
            "weeks": said.get("weeks", []),
            "housing": said if isinstance(content, Homes) else None,
            "persons": people_in(content),
            "tie": said.get("tie"),
            "moves_in": said.get("moves_in"),
        }
    )


def state(report: Report) -> v1.ReportState | v1.PersonReportState:
    """Write a report as it stands."""
    standing: dict[str, Any] = {
        "municipality_id": report.id.municipality_id,
        "report_id": report.id.report_id,
        "kind": report.kind.value,
        "status": report.status.value,
        "entered_at": report.entered_at,
        "valid_from": report.valid_from,
        "questioned_at": report.questioned_at,
        "closed_at": report.closed_at,
        "list_id": report.list_id,
        "history": [_step(change) for change in report.changes[-v1.MOST_CHANGES :]],
    }
    if report.kind.about_persons:
        return v1.PersonReportState.model_validate(standing | {"persons": report.people} | _said(report.content))
    return v1.ReportState.model_validate(standing | _said(report.content))


def to_imdi(report: Report, change: Change) -> v1.ReportToImdi:
    """Write what IMDi is to know of a report: all it says, while it is open."""
    return v1.ReportToImdi.model_validate(
        {
            "municipality_id": report.id.municipality_id,
            "report_id": report.id.report_id,
            "kind": report.kind.value,
            "status": report.status.value,
            "at": change.at,
            **(_said(report.content) if change.step in {ReportStep.ENTERED, ReportStep.CHANGED} else {}),
        }
    )


def _said(content: Content | None) -> dict[str, Any]:
    match content:
        case None:
            return {}
        case Homes():
            return {"housing": plain(content)}
        case NamedPersons():
            return {"named_persons": plain(content)}
        case SelfSettlement():
            return {"self_settlement": plain(content)}
    return plain(content)


def _step(change: Change) -> dict[str, Any]:
    return {
        "version": change.version,
        "at": change.at,
        "step": change.step.value,
        "by": change.by.name if change.by else None,
        "weeks": [{"week": str(one.week), "before": one.before, "after": one.after} for one in change.weeks],
        "fields": list(change.fields),
    }
