"""What clients send. An unknown field is an error: a misspelt one would otherwise be an answer nobody meant."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.codes import DeclineReason, SplitReason
from contracts.distribution.households import DraftSplit, Split
from contracts.distribution.v1 import Decision, DraftDecision, MovedIn
from contracts.fields import Count, DufNumber, LongText, RunningNumber, Text
from gateway.api.weeks import ApiWeek

STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
MOST_NOTICES = 200

HIDDEN = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
ONE_LINE = rf"^[^ \u00a0{HIDDEN}][^{HIDDEN}]{{0,199}}$"
"""One line that shows all it holds, with no space before it: what is cited by it may not look like something else."""

DECISIONS: list[JsonValue] = [
    {
        "title": "Accepted",
        "properties": {"accept": {"const": True}, "reason": {"type": "null"}, "reason_text": {"enum": [None, ""]}},
    },
    {
        "title": "Declined",
        "properties": {
            "accept": {"const": False},
            "reason": {"enum": [one.value for one in DeclineReason if one is not DeclineReason.OTHER]},
        },
        "required": ["accept", "reason"],
    },
    {
        "title": "Declined for another reason",
        "properties": {
            "accept": {"const": False},
            "reason": {"const": DeclineReason.OTHER.value},
            "reason_text": {"type": "string", "pattern": r"[^\s\x00-\x20]"},
        },
        "required": ["accept", "reason", "reason_text"],
    },
]
"""The rules of ``Decision`` as the document tells them."""

SPLITS: list[JsonValue] = [
    {
        "title": "Split",
        "properties": {
            "confirmed": {"const": True},
            "reason": {"enum": [one.value for one in SplitReason if one is not SplitReason.OTHER]},
        },
        "required": ["reason"],
    },
    {
        "title": "Split for another reason",
        "properties": {
            "confirmed": {"const": True},
            "reason": {"const": SplitReason.OTHER.value},
            "reason_text": {"type": "string", "pattern": r"[^\s\x00-\x20]"},
        },
        "required": ["reason", "reason_text"],
    },
]
"""The rules of ``Split`` as the document tells them."""


class DraftDecisionBody(DraftDecision):
    """A decision about one person as a draft; a decline may still lack its reason."""

    model_config = STRICT


class DecisionBody(Decision):
    """A decision about one person; a decline has a reason, and the reason `other` has words too."""

    model_config = STRICT | ConfigDict(json_schema_extra={"oneOf": DECISIONS})


class DraftSplitBody(DraftSplit):
    """What is said of a household that is split, as a draft; confirmation or reason may still lack."""

    model_config = STRICT


class SplitBody(Split):
    """That a household is meant to be split, and why; the reason `other` has words too."""

    model_config = STRICT | ConfigDict(json_schema_extra={"oneOf": SPLITS})


class Draft(BaseModel):
    """The draft of an answer: one decision for each person of the list, and a message to IMDi."""

    model_config = STRICT
    decisions: Annotated[list[DraftDecisionBody], Field(min_length=1, max_length=500)]
    message: LongText = ""
    splits: Annotated[list[DraftSplitBody], Field(max_length=500)] = []


class Approval(BaseModel):
    """The answer that is approved: one decision for each person of the list, and a message to IMDi."""

    model_config = STRICT
    decisions: Annotated[list[DecisionBody], Field(min_length=1, max_length=500)]
    message: LongText = ""
    splits: Annotated[
        list[SplitBody],
        Field(max_length=500, description="Of each household of which some are accepted and others declined."),
    ] = []


class MovedInBody(MovedIn):
    """A placed person has moved in. `reason`: why a date that was registered before was wrong; then it is needed."""

    model_config = STRICT


class SettlementsBody(BaseModel):
    """Who has moved in, a household say: all of it is registered, or nothing."""

    model_config = STRICT
    persons: Annotated[list[MovedInBody], Field(min_length=1, max_length=500)]


class PlanBody(BaseModel):
    """The week in which these placed persons can be received; null takes a plan back."""

    model_config = STRICT
    running_numbers: Annotated[list[RunningNumber], Field(min_length=1, max_length=500)]
    week: Annotated[ApiWeek | None, Field(description="As `2026-W53` (ISO 8601): a week that there is.")]


class ResolutionBody(BaseModel):
    """The municipality's resolution for a year. 0 places refuse; EM places come on top of the ordinary ones."""

    model_config = STRICT
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: Annotated[str, Field(pattern=ONE_LINE)]
    more_than_requested: Annotated[
        bool, Field(description="Whether more places than IMDi asks for is meant; else that is refused.")
    ] = False


class PlacedSearch(BaseModel):
    """Whom to look for. Sent as a body: a person's number stands in no address."""

    model_config = STRICT
    duf_number: DufNumber


class NoticesRead(BaseModel):
    """Notices that this client has read."""

    model_config = STRICT
    notice_ids: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=MOST_NOTICES)
    ]
