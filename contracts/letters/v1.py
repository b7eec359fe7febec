"""What letters tells, major version 1. A PDF never travels: its object key and SHA-256 do (claim check)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import DispatchFailure, DispatchStatus, LetterFailure, LetterKind, LetterLanguage
from contracts.envelope import Message
from contracts.fields import ListId, MunicipalityId, Part, RunningNumber, Sha256, Text

Attempt = Annotated[int, Field(ge=1)]


class LetterPlanned(Message):
    """A letter will be made as soon as all it needs has arrived. Subject: the letter id."""

    message_type: ClassVar[str] = "letters.letter-planned.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind


class LetterCreated(Message):
    """The letter's PDF is in the object store."""

    message_type: ClassVar[str] = "letters.letter-created.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    sha256: Sha256


class LetterFailed(Message):
    """The letter was not made, for this reason. It may still be created later, by a release that can."""

    message_type: ClassVar[str] = "letters.letter-failed.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    failure: LetterFailure


class LetterDispatched(Message):
    """The letter has been handed over to be sent. ``reference``: SvarUt's id of it (forsendelse)."""

    message_type: ClassVar[str] = "letters.letter-dispatched.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    reference: Text


class LetterStatusChanged(Message):
    """The letter has come further on its way. ``at``: when, by SvarUt's clock."""

    message_type: ClassVar[str] = "letters.letter-status-changed.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    status: DispatchStatus
    at: datetime


class LetterNotDispatched(Message):
    """The letter was made, but will not be sent, for this reason."""

    message_type: ClassVar[str] = "letters.letter-not-dispatched.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    failure: DispatchFailure


class LetterSentAgain(Message):
    """The letter will be handed over once more: what became of it before is over. ``attempt``: counted from 1."""

    message_type: ClassVar[str] = "letters.letter-sent-again.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    attempt: Attempt


class DispatchStep(Part):
    """One status and since when."""

    status: DispatchStatus
    at: datetime


class Dispatch(Part):
    """A letter's way to its receiver.

    status: the last of ``history``, which is oldest first; None until SvarUt has told one.
    reference, handed_over_at: SvarUt's id of it, and when it took it; None where ``failure`` says why it did not.
    """

    status: DispatchStatus | None = None
    reference: Text | None = None
    handed_over_at: datetime | None = None
    history: list[DispatchStep] = []
    failure: DispatchFailure | None = None


class Document(Part):
    """Where a finished PDF is and what it must hash to. ``size`` in bytes."""

    object_key: Text
    sha256: Sha256
    size: int
    created_at: datetime


class LetterState(Message):
    """A letter of a list; ``running_number`` is None for the one to the municipality. Key: the letter id.

    Partition key: the list id. ``document`` is None while the letter waits for what it needs, and where ``failure``
    says why it could not be made. ``dispatch`` is None until it has been handed over to be sent, or cannot be.
    ``attempt`` counts from 1; ``earlier`` holds what became of those before, oldest first.
    """

    message_type: ClassVar[str] = "letters.letter-state.v1"
    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind
    language: LetterLanguage | None = None
    planned_at: datetime
    document: Document | None = None
    failure: LetterFailure | None = None
    dispatch: Dispatch | None = None
    attempt: Attempt = 1
    earlier: list[Dispatch] = []
