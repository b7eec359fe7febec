"""What clients send. An unknown field is an error: a misspelt one would otherwise be an answer nobody meant."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.distribution.v1 import Decision, DraftDecision
from contracts.fields import LongText, Text

STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
MOST_NOTICES = 200


class DraftDecisionBody(DraftDecision):
    """A decision about one person as a draft; a decline may still lack its reason."""

    model_config = STRICT


class DecisionBody(Decision):
    """A decision about one person; a decline has a reason, and the reason `other` has words too."""

    model_config = STRICT


class Draft(BaseModel):
    """The draft of an answer: one decision for each person of the list, and a message to IMDi."""

    model_config = STRICT
    decisions: Annotated[list[DraftDecisionBody], Field(min_length=1, max_length=500)]
    message: LongText = ""


class Approval(BaseModel):
    """The answer that is approved: one decision for each person of the list, and a message to IMDi."""

    model_config = STRICT
    decisions: Annotated[list[DecisionBody], Field(min_length=1, max_length=500)]
    message: LongText = ""


class NoticesRead(BaseModel):
    """Notices that this client has read."""

    model_config = STRICT
    notice_ids: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=MOST_NOTICES)
    ]
