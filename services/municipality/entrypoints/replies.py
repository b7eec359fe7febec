"""How a command's outcome travels: the one place where refusals become problem types."""

from __future__ import annotations

from typing import assert_never

from contracts.outcomes import CommandAccepted, CommandRefused
from services.municipality.domain.refusals import (
    ChangedMeanwhile,
    Refusal,
    ResolvedInTheFuture,
    RoleMayNotWrite,
    UnknownMunicipality,
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
            return "role-may-not-write", {"role": role}
        case UnknownMunicipality(municipality_id):
            return "unknown-municipality", {"municipality": municipality_id}
        case ChangedMeanwhile(expected, actual):
            return "changed-meanwhile", {"expected": str(expected), "actual": str(actual)}
        case YearTooFarAhead(latest):
            return "year-too-far-ahead", {"latest": str(latest)}
        case ResolvedInTheFuture(today):
            return "resolved-in-the-future", {"today": today.isoformat()}
    assert_never(refusal)
