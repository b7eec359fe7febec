"""How a command's outcome travels: the one place where refusals become problem types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from chassis.validation import FieldError
from contracts.outcomes import CommandAccepted, CommandRefused
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    AlreadySettled,
    CorrectionReasonMissing,
    DecidedTwice,
    DecisionMissing,
    DraftConflict,
    FourEyesRequired,
    HouseholdsDiffer,
    HouseholdSplitUnconfirmed,
    ListNotFound,
    ListWasWithdrawn,
    NotApproved,
    NotPlaced,
    PersonsAreErased,
    PersonsWereWithdrawn,
    PlannedWeekPast,
    PlannedWeekTooFar,
    ReasonMissing,
    Refusal,
    RoleMayNotWrite,
    SettlementBeforePlacement,
    SettlementInFuture,
    ThreadFull,
    UnknownPerson,
    VersionConflict,
    WrongStatus,
)
from services.distribution.use_cases.outcomes import Accepted, Outcome

MOST_FIELDS = 20
"""Fields that a refused form names; more help nobody."""


def reply(command_id: str, outcome: Outcome) -> CommandAccepted | CommandRefused:
    """Write the outcome of a command."""
    if isinstance(outcome, Accepted):
        return CommandAccepted(command_id=command_id, subject=outcome.subject, version=outcome.version)
    problem, params = problem_of(outcome.refusal)
    return CommandRefused(
        command_id=command_id, subject=outcome.subject, version=outcome.version, problem=problem, params=params
    )


def invalid_command(command_id: str, subject: str, errors: Sequence[FieldError]) -> CommandRefused:
    """Write that a command cannot be read, with the fields that are wrong; not what is in them."""
    fields = ", ".join(error.path for error in errors[:MOST_FIELDS])
    return CommandRefused(command_id=command_id, subject=subject, problem="invalid-command", params={"fields": fields})


def problem_of(refusal: Refusal) -> tuple[str, dict[str, str]]:  # noqa: C901, PLR0911, PLR0912  one a type
    """Name the problem type (RFC 9457) of a refusal and fill its text."""
    match refusal:
        case ListNotFound(list_id):
            return "list-not-found", {"list": list_id}
        case RoleMayNotWrite(role):
            return "role-may-not-write", {"role": role}
        case AlreadyAnswered(by, at):
            return "already-answered", {"by": by, "at": at.isoformat()}
        case ListWasWithdrawn(at, reason):
            return "list-withdrawn", {"at": at.isoformat(), "reason": reason}
        case PersonsWereWithdrawn(numbers, at):
            return "person-withdrawn", {"running_numbers": _numbers(numbers), "at": at.isoformat()}
        case PersonsAreErased(numbers, at):
            return "person-erased", {"running_numbers": _numbers(numbers), "at": at.isoformat()}
        case VersionConflict(expected, actual, by, at):
            return "version-conflict", {"expected": str(expected), "actual": str(actual)} | _by(by, at)
        case DraftConflict(numbers, households, message, by, at):
            return "draft-conflict", _touched(numbers, households, message=message) | _by(by, at)
        case FourEyesRequired(at):
            return "four-eyes-required", {"at": at.isoformat()}
        case WrongStatus(status):
            return "wrong-status", {"status": status}
        case NotApproved(status):
            return "not-approved", {"status": status}
        case UnknownPerson(numbers) | DecidedTwice(numbers) | DecisionMissing(numbers):
            return "persons-differ", {"running_numbers": _numbers(numbers)}
        case ReasonMissing(numbers):
            return "reason-missing", {"running_numbers": _numbers(numbers)}
        case HouseholdsDiffer(numbers):
            return "households-differ", {"households": _numbers(numbers)}
        case HouseholdSplitUnconfirmed(numbers):
            return "household-split-unconfirmed", {"households": _numbers(numbers)}
        case NotPlaced(number):
            return "not-placed", {"running_number": str(number)}
        case SettlementBeforePlacement(placed_on, number):
            return "settlement-before-placement", {"placed_on": placed_on.isoformat(), "running_number": str(number)}
        case SettlementInFuture(today, number):
            return "settlement-in-future", {"today": today.isoformat(), "running_number": str(number)}
        case CorrectionReasonMissing(numbers):
            return "correction-reason-missing", {"running_numbers": _numbers(numbers)}
        case AlreadySettled(numbers):
            return "already-settled", {"running_numbers": _numbers(numbers)}
        case PlannedWeekPast(earliest):
            return "planned-week-past", {"earliest": str(earliest)}
        case PlannedWeekTooFar(latest):
            return "planned-week-too-far", {"latest": str(latest)}
        case ThreadFull(most):
            return "thread-full", {"most": str(most)}
    assert_never(refusal)


def _touched(numbers: Sequence[int], households: Sequence[int], *, message: bool) -> dict[str, str]:
    told = {"running_numbers": _numbers(numbers), "households": _numbers(households)}
    return {name: text for name, text in told.items() if text} | ({"message": "true"} if message else {})


def _by(by: str | None, at: datetime | None) -> dict[str, str]:
    return {} if by is None or at is None else {"by": by, "at": at.isoformat()}


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
