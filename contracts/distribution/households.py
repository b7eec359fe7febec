"""Splitting a household: some of it accepted, others declined (domain §4)."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from contracts.codes import SplitReason
from contracts.fields import HouseholdNumber, LongText, Part


class DraftSplit(Part):
    """What a form holds of a household that it splits; in a draft the confirmation or its reason may still lack."""

    household: HouseholdNumber
    confirmed: bool = True
    reason: SplitReason | None = None
    reason_text: LongText | None = None


class Split(DraftSplit):
    """The confirmation that a household is meant to be split, with its own reason; ``other`` has words too."""

    @model_validator(mode="after")
    def _is_confirmed_with_a_reason(self) -> Self:
        if not self.confirmed:
            raise ValueError("a split that is approved is confirmed")
        if self.reason is None:
            raise ValueError("a split needs a reason")
        if self.reason is SplitReason.OTHER and not (self.reason_text or "").strip():
            raise ValueError("the reason 'other' needs a text")
        return self


class AnsweredSplit(Part):
    """A household that the answer splits, as IMDi gets it; its members are those of IMDi's own list."""

    household: HouseholdNumber
    reason: SplitReason
    reason_text: LongText | None = None
