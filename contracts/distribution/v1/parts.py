"""What messages of distribution are made of: decisions, weeks, who did what and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.codes import (
    DeclineReason,
    WithdrawalReason,
)
from contracts.fields import (
    LongText,
    Part,
    RunningNumber,
    ShortText,
    Year,
)


class DraftDecision(Part):
    """What a form holds for one person; a decline in a draft may still lack its reason."""

    running_number: RunningNumber
    accept: bool = True
    reason: DeclineReason | None = None
    reason_text: LongText | None = None


class Decision(DraftDecision):
    """A decision one may approve: a decline has a reason, and ``other`` has words too (domain §4)."""

    @model_validator(mode="after")
    def _decline_has_a_reason(self) -> Self:
        if self.accept and (self.reason or self.reason_text):
            raise ValueError("an accepted person has no decline reason")
        if not self.accept and self.reason is None:
            raise ValueError("a decline needs a reason")
        if self.reason is DeclineReason.OTHER and not (self.reason_text or "").strip():
            raise ValueError("the reason 'other' needs a text")
        return self


class Week(Part):
    """A week of ISO 8601, by the week's own year: around New Year not its days'. Not all years have a week 53."""

    year: Year
    week: Annotated[int, Field(ge=1, le=53)]

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        date.fromisocalendar(self.year, self.week, 1)
        return self


class Act(Part):
    """Who did something, and when."""

    user_id: ShortText
    display_name: ShortText
    at: datetime


class Withdrawal(Part):
    """When IMDi took back the list or the person, and why."""

    at: datetime
    reason: WithdrawalReason


class Extension(Part):
    """IMDi moved the deadline: when, from which day, to which."""

    at: datetime
    before: date
    deadline: date
