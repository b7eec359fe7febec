"""What a letter tells: exactly the data that its receiver may see, and nothing of anybody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from services.letters.domain.about import Corrected, Requested, Withdrawn
from services.letters.domain.codes import DeclineReason, Language, LanguageForm


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality as letters need it. ``name`` without "kommune"; ``organisation_number``: nine digits.

    successor: the id of what it is part of from ``merged_on``, who gets its letters then.
    """

    municipality_id: str
    number: str
    name: str
    organisation_number: str
    language_form: LanguageForm
    successor: str | None = None
    merged_on: date | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """The open person folder of a placed person.

    address_lines: one to three, without postal code and city.
    identity_number: where one has been given; used to reach the person, never shown in a letter.
    languages: BCP 47 tags, the best one first.
    address_version: the list's with which the address came; None from before this was kept.
    """

    list_id: str
    running_number: int
    given_name: str
    family_name: str
    birth_date: date
    duf_number: str
    address_lines: tuple[str, ...]
    postal_code: str
    city: str
    identity_number: str | None = None
    languages: tuple[str, ...] = ()
    address_version: int | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """Given name first, as an addressee is written."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class PlacedPerson:
    """A line of a placement decision."""

    running_number: int
    name: str
    birth_date: date
    duf_number: str


@dataclass(frozen=True, slots=True)
class AnsweredPerson:
    """A line of an answer. ``reason`` and ``text`` where the person was declined."""

    running_number: int
    accepted: bool
    reason: DeclineReason | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A municipality's answer to a list. ``answered_by``: the caseworker's name."""

    list_id: str
    persons: tuple[AnsweredPerson, ...]
    message: str
    answered_on: date
    answered_by: str
    late: bool


@dataclass(frozen=True, slots=True)
class PlacementDecision:
    """Vedtak om bosetting, to the municipality. ``answered_on``: the day it answered the list.

    corrects: what it takes the place of; None in the first one.
    """

    language: Language
    reference: str
    list_id: str
    placed_on: date
    municipality: Municipality
    answered_on: date
    persons: tuple[PlacedPerson, ...]
    corrects: Corrected | None = None


@dataclass(frozen=True, slots=True)
class LetterToPerson:
    """The letter to one placed person. ``translation``: the language it is in too."""

    language: Language
    reference: str
    list_id: str
    placed_on: date
    municipality: Municipality
    person: Folder
    translation: str | None = None


@dataclass(frozen=True, slots=True)
class RequestLetter:
    """Anmodningsbrev. ``case``: see ``about.request_case``."""

    language: Language
    reference: str
    case: str
    dated: date
    municipality: Municipality
    requested: Requested


@dataclass(frozen=True, slots=True)
class WithdrawalLetter:
    """To the municipality, about persons by number: their folders are closed. ``persons``: running numbers."""

    language: Language
    reference: str
    list_id: str
    dated: date
    municipality: Municipality
    answered_on: date
    persons: tuple[int, ...]
    withdrawn: Withdrawn


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The municipality's answer, for its archive."""

    language: Language
    reference: str
    municipality: Municipality
    answer: Answer


Content: TypeAlias = PlacementDecision | LetterToPerson | RequestLetter | WithdrawalLetter | AnswerRecord


def running_numbers(content: Content) -> frozenset[int]:
    """Tell whose data out of person folders the content holds."""
    match content:
        case LetterToPerson():
            return frozenset({content.person.running_number})
        case PlacementDecision():
            return frozenset(person.running_number for person in content.persons)
        case _:
            return frozenset()
