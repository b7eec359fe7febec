"""What goes back to IMDi: answers and rejections."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from contracts.codes import (
    DeclineReason,
)
from contracts.distribution.households import AnsweredSplit
from contracts.envelope import Message
from contracts.fields import (
    FieldProblem,
    ListId,
    LongText,
    MunicipalityId,
    MunicipalityNumber,
    Part,
    RunningNumber,
    ShortText,
    Text,
)


class AnsweredPerson(Part):
    """A person's outcome as IMDi gets it."""

    running_number: RunningNumber
    accepted: bool
    reason: DeclineReason | None = None
    reason_text: LongText | None = None


class Answer(Message):
    """The municipality's answer to a list, on ``distribution.answers``: one and only one per list."""

    message_type: ClassVar[str] = "distribution.answer.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    municipality_number: MunicipalityNumber
    persons: list[AnsweredPerson]
    message: LongText = ""
    answered_at: datetime
    answered_by: ShortText
    late: bool
    splits: list[AnsweredSplit] = []


class Rejection(Message):
    """A message from IMDi that was not taken, with everything wrong in it, by field path and never by value.

    ``message_id`` and ``list_id`` are what could be read of the original, which distribution keeps.
    """

    message_type: ClassVar[str] = "distribution.rejection.v1"
    message_id: Text | None = None
    list_id: Text | None = None
    municipality_number: Text | None = None
    topic: Text
    partition: int
    offset: int
    errors: list[FieldProblem]
