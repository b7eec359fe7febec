"""How a command's outcome travels: the one place where refusals become problem types."""

from __future__ import annotations

from typing import assert_never

from contracts.outcomes import CommandAccepted, CommandRefused
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    DateTooFarAway,
    MoreThanRequested,
    MunicipalityMerged,
    Refusal,
    ReportClosed,
    ReportNotFound,
    ResolvedInTheFuture,
    ResolvedTooEarly,
    RoleMayNotWrite,
    UnknownMunicipality,
    WeekOver,
    WeekTooFarAhead,
    YearOver,
    YearTooFarAhead,
)
from services.municipality.use_cases.outcomes import Accepted, Outcome


def reply(command_id: str, outcome: Outcome) -> CommandAccepted | CommandRefused:
    """Write the outcome of a command."""
    if isinstance(outcome, Accepted):
        return CommandAccepted(command_id=command_id, subject=outcome.subject, version=outcome.version)
    problem, params = problem_of(outcome.refusal)
    return CommandRefused(
        command_id=command_id, subject=outcome.subject, version=outcome.version, problem=problem, params=params
    )


def problem_of(refusal: Refusal) -> tuple[str, dict[str, str]]:
    """Name the problem type (RFC 9457) of a refusal and fill its text."""
    match refusal:
        case RoleMayNotWrite(role):
            found = "role-may-not-write", {"role": role}
        case UnknownMunicipality() | MunicipalityMerged():
            found = _of_municipality(refusal)
        case ChangedMeanwhile(expected, actual):
            found = "changed-meanwhile", {"expected": str(expected), "actual": str(actual)}
        case YearTooFarAhead(latest):
            found = "year-too-far-ahead", {"latest": str(latest)}
        case ResolvedInTheFuture(today):
            found = "resolved-in-the-future", {"today": today.isoformat()}
        case ResolvedTooEarly(earliest):
            found = "resolved-too-early", {"earliest": earliest.isoformat()}
        case YearOver(earliest):
            found = "year-over", {"earliest": str(earliest)}
        case MoreThanRequested(kind, requested):
            found = "more-than-requested", {"place_kind": kind.value, "requested": str(requested)}
        case ReportNotFound() | ReportClosed() | WeekOver() | WeekTooFarAhead() | DateTooFarAway():
            found = _of_report(refusal)
        case _:
            assert_never(refusal)
    return found


def _of_municipality(refusal: UnknownMunicipality | MunicipalityMerged) -> tuple[str, dict[str, str]]:
    match refusal:
        case UnknownMunicipality(municipality_id):
            return "unknown-municipality", {"municipality": municipality_id}
        case MunicipalityMerged(successor, on):
            return "municipality-merged", {"successor": successor, "on": on.isoformat()}
    assert_never(refusal)


def _of_report(
    refusal: ReportNotFound | ReportClosed | WeekOver | WeekTooFarAhead | DateTooFarAway,
) -> tuple[str, dict[str, str]]:
    match refusal:
        case ReportNotFound(report_id):
            return "report-not-found", {"report": report_id}
        case ReportClosed(status):
            return "report-closed", {"status": status.value}
        case WeekOver(week):
            return "week-over", {"week": week}
        case WeekTooFarAhead(latest):
            return "week-too-far-ahead", {"latest": latest}
        case DateTooFarAway(earliest, latest):
            return "date-too-far-away", {"earliest": earliest.isoformat(), "latest": latest.isoformat()}
    assert_never(refusal)
