"""Putting together what a letter tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from services.letters.domain.about import Corrected, Requested, Withdrawn
from services.letters.domain.codes import Failure, Kind, language_of
from services.letters.domain.content import (
    Answer,
    AnswerRecord,
    Content,
    Folder,
    LetterToPerson,
    Municipality,
    PlacedPerson,
    PlacementDecision,
    RequestLetter,
    WithdrawalLetter,
)
from services.letters.domain.letter import Letter


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a letter is made.

    folders: those of the letter's persons that are open, by running number. answered_on, answer: of the letter's list.
    translations: the languages a letter can be in beside the Norwegian text, as BCP 47 tags.
    """

    municipality: Municipality
    folders: Mapping[int, Folder] = field(default_factory=dict)
    answered_on: date | None = None
    answer: Answer | None = None
    translations: frozenset[str] = frozenset()


def compose(letter: Letter, known: Known) -> Content | Failure | None:
    """Put together what the letter tells; None where something it needs is not known.

    A person whose folder is closed (withdrawn) is left out; where nobody is left there is nothing to tell.
    """
    folders = [known.folders[number] for number in letter.persons if number in known.folders]
    if letter.kind.names_persons and not folders:
        return Failure.FOLDER_CLOSED
    place, language = known.municipality, language_of(known.municipality.language_form)
    match letter.kind:
        case Kind.LETTER_TO_PERSON:
            other = _translation(folders[0].languages, known.translations)
            about = (letter.reference, letter.list_id, letter.placed_on, place)
            return LetterToPerson(language, *about, folders[0], other)
        case Kind.REQUEST:
            assert isinstance(letter.about, Requested), "a request says for how many"
            return RequestLetter(language, letter.reference, letter.list_id, letter.placed_on, place, letter.about)
        case Kind.ANSWER:
            return AnswerRecord(language, letter.reference, place, known.answer) if known.answer else None
        case Kind.PLACEMENT_DECISION | Kind.CORRECTED_DECISION | Kind.WITHDRAWAL:
            return _about_answered(letter, place, known.answered_on, folders) if known.answered_on else None
        case _:
            assert_never(letter.kind)


def _about_answered(letter: Letter, place: Municipality, answered_on: date, folders: Sequence[Folder]) -> Content:
    language = language_of(place.language_form)
    about = (letter.reference, letter.list_id, letter.placed_on, place, answered_on)
    if isinstance(letter.about, Withdrawn):
        return WithdrawalLetter(language, *about, letter.persons, letter.about)
    assert letter.about is None or isinstance(letter.about, Corrected), "a decision, or one that corrects another"
    persons = tuple(PlacedPerson(f.running_number, f.name, f.birth_date, f.duf_number) for f in folders)
    return PlacementDecision(language, *about, persons, letter.about)


def _translation(languages: Sequence[str], translations: frozenset[str]) -> str | None:
    """Choose the first of a person's languages that there is a translation into, by the language's own tag."""
    own = [language.partition("-")[0] for language in languages]
    return next((language for language in own if language in translations), None)
