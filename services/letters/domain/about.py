"""What a letter is about, where its kind, list and persons do not say it all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.letters.domain.codes import WithdrawalReason


@dataclass(frozen=True, slots=True)
class Requested:
    """IMDi's request for a year. ``changed``: one was sent for the year before."""

    year: int
    ordinary_places: int
    unaccompanied_minor_places: int
    answer_by: date
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Persons were taken back. ``whole_list``: all who were left on the list."""

    reason: WithdrawalReason
    whole_list: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A placement decision names somebody withdrawn since: which one, of which day, and why they were."""

    decision_id: str
    decided_on: date
    reason: WithdrawalReason


About: TypeAlias = Requested | Withdrawn | Corrected


def request_case(municipality_id: str, year: int) -> str:
    """Name the case of a year's request, as a list's id names a list's: ``ANM-2027-0301``."""
    return f"ANM-{year}-{municipality_id.removeprefix('k-').upper()}"
