"""Godkjenn liste: approve what was reviewed."""

from __future__ import annotations

from dataclasses import dataclass

from services.distribution.domain.drafts import Form
from services.distribution.domain.lists import Asked
from services.distribution.domain.treatment import approve
from services.distribution.use_cases.outcomes import Addressed, Outcome, carry_out
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class ApproveList:
    """Approve exactly this form: a decision on every person, a reason for every decline."""

    addressed: Addressed
    asked: Asked
    form: Form


async def approve_list(command: ApproveList, lists: Lists) -> Outcome:
    """Approve, or refuse."""
    return await carry_out(command.addressed, lists, lambda current: approve(current, command.form, command.asked))
