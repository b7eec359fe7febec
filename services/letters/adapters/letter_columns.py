"""A letter's columns that hold JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import asyncpg

from services.letters.domain.about import About, Corrected, Requested, Withdrawn
from services.letters.domain.codes import DispatchFailure, DispatchStatus, Kind, WithdrawalReason
from services.letters.domain.dispatch import Dispatch, DispatchStep

_ABOUT: Mapping[Kind, type[About]] = {
    Kind.REQUEST: Requested,
    Kind.WITHDRAWAL: Withdrawn,
    Kind.CORRECTED_DECISION: Corrected,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "answer_by": date.fromisoformat,
    "decided_on": date.fromisoformat,
    "reason": WithdrawalReason,
}


def about_to_json(about: About) -> dict[str, Any]:
    """Write what a letter is about; days as ISO 8601."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(about).items()}


def about_from_json(kind: Kind, values: Mapping[str, Any]) -> About:
    """Read what a letter of this kind is about."""
    return _ABOUT[kind](**{name: _READ[name](value) if name in _READ else value for name, value in values.items()})


def dispatch_from_row(row: asyncpg.Record) -> Dispatch | None:
    """Read how far a letter's present attempt has come."""
    if row["reference"] is None and row["dispatch_failure"] is None:
        return None
    return Dispatch(
        reference=row["reference"],
        handed_over_at=row["handed_over_at"],
        history=_steps_from_json(row["statuses"]),
        failure=row["dispatch_failure"] and DispatchFailure(row["dispatch_failure"]),
    )


def steps_to_json(dispatch: Dispatch) -> list[dict[str, str]]:
    """Write the statuses, oldest first."""
    return [{"status": step.status, "at": step.at.isoformat()} for step in dispatch.history]


def _steps_from_json(steps: Sequence[dict[str, str]]) -> tuple[DispatchStep, ...]:
    return tuple(DispatchStep(DispatchStatus(step["status"]), datetime.fromisoformat(step["at"])) for step in steps)


def dispatch_to_json(dispatch: Dispatch) -> dict[str, Any]:
    """Write an attempt that is over, as the state tells it."""
    at = dispatch.handed_over_at
    return {
        "status": dispatch.status,
        "reference": dispatch.reference,
        "handed_over_at": at and at.isoformat(),
        "history": steps_to_json(dispatch),
        "failure": dispatch.failure,
    }


def dispatch_from_json(values: dict[str, Any]) -> Dispatch:
    """Read an attempt that is over."""
    return Dispatch(
        reference=values["reference"],
        handed_over_at=values["handed_over_at"] and datetime.fromisoformat(values["handed_over_at"]),
        history=_steps_from_json(values["history"]),
        failure=values["failure"] and DispatchFailure(values["failure"]),
    )
