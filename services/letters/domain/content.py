"""What a letter tells: exactly the data that its receiver may see, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from services.letters.domain.codes import Failure, Kind, Language, LanguageForm, language_of
from services.letters.domain.letter import Letter


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality as letters need it. ``name`` without "kommune"; ``organisation_number``: nine digits."""

    municipality_id: str
    number: str
    name: str
    organisation_number: str
    language_form: LanguageForm


@dataclass(frozen=True, slots=True)
class Folder:
    """The open person folder of a placed person.

    address_lines: one to three, without postal code and city.
    identity_number: where one has been given; used to reach the person, never shown in a letter.
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
class PlacementDecision:
    """Vedtak om bosetting, to the municipality. ``answered_on``: the day it answered the list."""

    language: Language
    list_id: str
    placed_on: date
    municipality: Municipality
    answered_on: date
    persons: tuple[PlacedPerson, ...]


@dataclass(frozen=True, slots=True)
class LetterToPerson:
    """The letter to one placed person."""

    language: Language
    list_id: str
    placed_on: date
    municipality: Municipality
    person: Folder


Content: TypeAlias = PlacementDecision | LetterToPerson


def compose(
    letter: Letter, municipality: Municipality, open_folders: Mapping[int, Folder], answered_on: date
) -> Content | Failure:
    """Put together what the letter tells.

    open_folders: by running number. A person whose folder is closed (withdrawn) is left out; where nobody is
    left there is nothing to tell.
    """
    language = language_of(municipality.language_form)
    folders = [open_folders[number] for number in letter.persons if number in open_folders]
    if not folders:
        return Failure.FOLDER_CLOSED
    if letter.kind is Kind.LETTER_TO_PERSON:
        return LetterToPerson(language, letter.list_id, letter.placed_on, municipality, folders[0])
    persons = tuple(PlacedPerson(f.running_number, f.name, f.birth_date, f.duf_number) for f in folders)
    return PlacementDecision(language, letter.list_id, letter.placed_on, municipality, answered_on, persons)


def running_numbers(content: Content) -> frozenset[int]:
    """Tell whose data the content holds."""
    if isinstance(content, LetterToPerson):
        return frozenset({content.person.running_number})
    return frozenset(person.running_number for person in content.persons)
