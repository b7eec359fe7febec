"""What letters tells, major version 1. A PDF never travels: its object key and SHA-256 do (claim check).

A letter's ``list_id`` is that of the list it belongs to. A request belongs to none: there it is the request's case,
``ANM-<year>-<municipality>``.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import DispatchFailure, DispatchStatus, LetterFailure, LetterKind, LetterLanguage
from contracts.envelope import Message
from contracts.erasure import ErasureReason
from contracts.fields import LanguageTag, ListId, MunicipalityId, Part, RunningNumber, Sha256, Text, Year

Attempt = Annotated[int, Field(ge=1)]


class LetterEvent(Message):
    """Something has happened to a letter. ``running_number``: of a letter to one person."""

    letter_id: Text
    municipality_id: MunicipalityId
    list_id: ListId
    running_number: RunningNumber | None = None
    kind: LetterKind


class LetterPlanned(LetterEvent):
    """A letter will be made as soon as all it needs has arrived. Subject: the letter id."""

    message_type: ClassVar[str] = "letters.letter-planned.v1"


class LetterCreated(LetterEvent):
    """The letter's PDF is in the object store."""

    message_type: ClassVar[str] = "letters.letter-created.v1"
    sha256: Sha256


class LetterFailed(LetterEvent):
    """The letter was not made, for this reason. It may still be created later, by a release that can."""

    message_type: ClassVar[str] = "letters.letter-failed.v1"
    failure: LetterFailure


class LetterDispatched(LetterEvent):
    """The letter has been handed over to be sent. ``reference``: SvarUt's id of it (forsendelse)."""

    message_type: ClassVar[str] = "letters.letter-dispatched.v1"
    reference: Text


class LetterStatusChanged(LetterEvent):
    """The letter has come further on its way. ``at``: when, by SvarUt's clock."""

    message_type: ClassVar[str] = "letters.letter-status-changed.v1"
    status: DispatchStatus
    at: datetime


class LetterNotDispatched(LetterEvent):
    """The letter was made, but will not be sent, for this reason."""

    message_type: ClassVar[str] = "letters.letter-not-dispatched.v1"
    failure: DispatchFailure


class LetterSentAgain(LetterEvent):
    """The letter will be handed over once more: what became of it before is over. ``attempt``: counted from 1."""

    message_type: ClassVar[str] = "letters.letter-sent-again.v1"
    attempt: Attempt


class LetterErased(LetterEvent):
    """The letter's PDF is erased, for this reason; where and when it went stays known."""

    message_type: ClassVar[str] = "letters.letter-erased.v1"
    reason: ErasureReason


class Paper(Part):
    """A paper in a list's archive. ``size`` in bytes of the PDF."""

    letter_id: Text
    kind: LetterKind
    sha256: Sha256
    size: int


class ArchiveReady(Message):
    """All papers of a list are made: its archive can be fetched from the API. Subject: ``archive/<list id>``.

    Told anew when the list has got further papers, as after a withdrawal; ``papers`` are all of them, oldest first.
    Letters to persons withdrawn since are in it still, and no longer in what the API gives.
    """

    message_type: ClassVar[str] = "letters.archive-ready.v1"
    municipality_id: MunicipalityId
    list_id: ListId
    papers: list[Paper]


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
    """A letter of a list, or a request; ``running_number`` is None for those to the municipality. Key: the letter id.

    Partition key: the list id. ``document`` is None while the letter waits for what it needs, and where ``failure``
    says why it could not be made. ``dispatch`` is None until it has been handed over to be sent, or cannot be.
    ``attempt`` counts from 1; ``earlier`` holds what became of those before, oldest first.

    dated: the letter's date. persons: running numbers of those it is about. translation: the language it is in beside
    the Norwegian text. year: of a request. corrects: the decision's letter id, of a corrected one.
    erased_at: when the PDF was erased; then ``document`` is None.
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
    dated: date | None = None
    persons: list[RunningNumber] = []
    translation: LanguageTag | None = None
    year: Year | None = None
    corrects: Text | None = None
    erased_at: datetime | None = None
