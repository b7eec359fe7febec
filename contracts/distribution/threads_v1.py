"""Questions and replies about a list that has not been answered yet, major version 1: a thread per list and per person.

``running_number`` says which thread: the person's, or the list's own where it is None. ``number`` counts the messages
of the list's threads together, from 1. The words of a message are free text about a person: they go to IMDi on
``distribution.questions``, to the municipality's pages on ``distribution.state``, and on no topic of events.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.distribution.v1 import Act, ListEvent
from contracts.envelope import Message
from contracts.fields import (
    Actor,
    Count,
    ListId,
    MunicipalityId,
    MunicipalityNumber,
    RunningNumber,
    ShortText,
    ThreadText,
)

MessageNumber = Annotated[int, Field(ge=1, le=100_000)]


class AskQuestion(Message):
    """Ask IMDi, before the list is answered. It fits whatever version the list has: nothing is overwritten by it."""

    message_type: ClassVar[str] = "distribution.ask-question.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    running_number: RunningNumber | None = None
    text: ThreadText
    actor: Actor


class QuestionAsked(ListEvent):
    """The municipality has asked IMDi; its words are on ``distribution.questions``. The reply clock runs on."""

    message_type: ClassVar[str] = "distribution.question-asked.v1"
    running_number: RunningNumber | None = None
    number: MessageNumber


class ImdiWrote(ListEvent):
    """IMDi has written in a thread. ``persons``: on the list. ``deadline``: None where it waits for no answer."""

    message_type: ClassVar[str] = "distribution.imdi-wrote.v1"
    running_number: RunningNumber | None = None
    number: MessageNumber
    persons: Count
    deadline: date | None = None


class ThreadMessageState(Message):
    """One message of a thread, as it was written. Key: ``<list>/messages/<number>``.

    It changes once at most: ``erased_at`` says since when its words are gone; ``text`` is a dash then.
    """

    message_type: ClassVar[str] = "distribution.thread-message-state.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    number: MessageNumber
    running_number: RunningNumber | None = None
    by_imdi: bool
    written: Act
    text: ThreadText
    erased_at: datetime | None = None


class Question(Message):
    """A municipality's question, to IMDi, on ``distribution.questions``. Answered by ``imdi.reply-in-thread.v1``."""

    message_type: ClassVar[str] = "distribution.question.v1"
    list_id: ListId
    municipality_id: MunicipalityId
    municipality_number: MunicipalityNumber
    number: MessageNumber
    running_number: RunningNumber | None = None
    text: ThreadText
    asked_at: datetime
    asked_by: ShortText
