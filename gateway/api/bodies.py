"""What clients send. An unknown field is an error: a misspelt one would otherwise be an answer nobody meant."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.distribution.v1 import Decision, DraftDecision
from contracts.fields import Count, LongText, ShortText, Text

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


class ResolutionBody(BaseModel):
    """The municipality's resolution for a year. 0 places refuse; EM places come on top of the ordinary ones."""

    model_config = STRICT
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: Annotated[ShortText, Field(pattern=r"\S")]
    more_than_requested: Annotated[
        bool, Field(description="Whether more places than IMDi asks for is meant; else that is refused.")
    ] = False


class NoticesRead(BaseModel):
    """Notices that this client has read."""

    model_config = STRICT
    notice_ids: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=MOST_NOTICES)
    ]
