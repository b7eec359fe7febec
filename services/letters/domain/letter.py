"""A letter: planned when persons are placed, created once or failed with a reason, then sent once and followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from services.letters.domain.about import About
from services.letters.domain.codes import DispatchFailure, ErasureReason, Failure, Kind, Language
from services.letters.domain.dispatch import Dispatch, DispatchStep


@dataclass(frozen=True, slots=True)
class Document:
    """A finished PDF in the object store. ``size`` in bytes; ``sha256`` in hexadecimal digits.

    address_version: of the address that it shows, in a letter to a person; see ``content.Folder``.
    """

    object_key: str
    sha256: str
    size: int
    created_at: datetime
    address_version: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter.

    version: number of events it has had.
    list_id: the list it belongs to; of a request its case (``about.request_case``).
    persons: running numbers of the persons it is about; exactly one in a letter to a person, none in a request. Once it
        is made, those it names, where it names any.
    placed_on: the letter's date: the day of the placement, or of whatever else it tells.
    about: what its kind adds.
    translation: the language it is in beside the Norwegian text, as a BCP 47 tag.
    dispatch: None until it was handed over to be sent, or cannot be.
    erased_at: since when its document is gone; it is not made again.
    attempt: which one this is, from 1; earlier: what became of those before, oldest first.
    """

    letter_id: str
    version: int
    kind: Kind
    municipality_id: str
    list_id: str
    persons: tuple[int, ...]
    placed_on: date
    planned_at: datetime
    language: Language | None = None
    document: Document | None = None
    failure: Failure | None = None
    dispatch: Dispatch | None = None
    attempt: int = 1
    earlier: tuple[Dispatch, ...] = ()
    about: About | None = None
    translation: str | None = None
    erased_at: datetime | None = None

    @property
    def reference(self) -> str:
        """What the letter is called when somebody writes or calls about it; eight characters."""
        return self.letter_id[:8].upper()

    @property
    def sent_as(self) -> str:
        """Name this attempt to whoever delivers it: another one is another letter there."""
        return self.letter_id if self.attempt == 1 else f"{self.letter_id}.{self.attempt}"

    @property
    def running_number(self) -> int | None:
        """The person it goes to; None where it goes to the municipality."""
        return self.persons[0] if self.kind is Kind.LETTER_TO_PERSON else None


@dataclass(frozen=True, slots=True)
class LetterPlanned:
    """A letter will be made as soon as what it needs has arrived."""


@dataclass(frozen=True, slots=True)
class LetterCreated:
    """Its PDF is in the object store."""

    document: Document


@dataclass(frozen=True, slots=True)
class LetterFailed:
    """It was not made."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class LetterDispatched:
    """It was handed over to be sent."""

    reference: str


@dataclass(frozen=True, slots=True)
class LetterStatusChanged:
    """It has come further on its way."""

    step: DispatchStep


@dataclass(frozen=True, slots=True)
class LetterNotDispatched:
    """It was not handed over."""

    failure: DispatchFailure


@dataclass(frozen=True, slots=True)
class LetterSentAgain:
    """It will be handed over once more."""

    attempt: int


@dataclass(frozen=True, slots=True)
class LetterErased:
    """Its PDF is erased."""

    reason: ErasureReason


Event: TypeAlias = (
    LetterPlanned
    | LetterCreated
    | LetterFailed
    | LetterDispatched
    | LetterStatusChanged
    | LetterNotDispatched
    | LetterSentAgain
    | LetterErased
)
Change: TypeAlias = tuple[Letter, Event]
Progress: TypeAlias = tuple[Letter, LetterStatusChanged]


def create(
    letter: Letter,
    language: Language,
    document: Document,
    named: tuple[int, ...] | None = None,
    translation: str | None = None,
) -> Change | None:
    """Give the letter its document. None where it has one: a letter is created once.

    named: running numbers of those it names, where that is not all it was planned for.
    translation: the language it is in too.
    """
    if letter.document is not None or letter.erased_at is not None:
        return None
    created = replace(
        letter,
        version=letter.version + 1,
        persons=named or letter.persons,
        language=language,
        document=document,
        failure=None,
        translation=translation,
    )
    return created, LetterCreated(document)


def plan_anew(letter: Letter) -> Change:
    """Take back a document that tells what holds no more and is not handed over: the letter is made again."""
    assert letter.dispatch is None, "what was handed over is not made again"
    return replace(letter, version=letter.version + 1, document=None), LetterPlanned()


def fail(letter: Letter, failure: Failure) -> Change | None:
    """Say why the letter was not made. None where that is known already, or it was made after all."""
    if letter.document is not None or letter.erased_at is not None or letter.failure is failure:
        return None
    return replace(letter, version=letter.version + 1, failure=failure), LetterFailed(failure)


def hand_over(letter: Letter, reference: str, at: datetime) -> Change | None:
    """Say that the letter was handed over. None where it has been: a letter is sent once."""
    if letter.dispatch is not None and letter.dispatch.reference is not None:
        return None
    dispatched = replace(letter, version=letter.version + 1, dispatch=Dispatch(reference, at))
    return dispatched, LetterDispatched(reference)


def keep_back(letter: Letter, failure: DispatchFailure) -> Change | None:
    """Say why the letter is not sent. None where that is known, or it was sent."""
    if letter.dispatch is not None:
        return None
    kept = replace(letter, version=letter.version + 1, dispatch=Dispatch(failure=failure))
    return kept, LetterNotDispatched(failure)


def progress(letter: Letter, step: DispatchStep) -> Progress | None:
    """Take a status of the letter in. None where it tells nothing new."""
    if letter.dispatch is None or (further := letter.dispatch.after(step)) is None:
        return None
    return replace(letter, version=letter.version + 1, dispatch=further), LetterStatusChanged(step)


def send_again(letter: Letter) -> Change | None:
    """Begin another attempt, the one before being over without reaching anybody. None where it is not, or erased."""
    if letter.erased_at is not None or letter.dispatch is None or not letter.dispatch.in_vain:
        return None
    again = replace(
        letter,
        version=letter.version + 1,
        dispatch=None,
        attempt=letter.attempt + 1,
        earlier=(*letter.earlier, letter.dispatch),
    )
    return again, LetterSentAgain(again.attempt)


def erase(letter: Letter, reason: ErasureReason, at: datetime) -> Change | None:
    """Say that there is no document any more, and will be none. None where that is known."""
    if letter.erased_at is not None:
        return None
    return replace(letter, version=letter.version + 1, document=None, erased_at=at), LetterErased(reason)


def object_prefix(letter: Letter) -> str:
    """Begin the key of whatever this letter has put into the object store."""
    return f"letters/{letter.municipality_id}/{letter.list_id}/{letter.letter_id}-"


def object_key(letter: Letter, sha256: str) -> str:
    """Name the letter's PDF by its content: the same bytes always have the same key."""
    return f"{object_prefix(letter)}{sha256[:12]}.pdf"
