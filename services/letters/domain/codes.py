"""The codes a letter is about, in the service's own words."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a letter is."""

    PLACEMENT_DECISION = "placement_decision"
    """Vedtak om bosetting, to the municipality."""
    LETTER_TO_PERSON = "letter_to_person"


class LanguageForm(StrEnum):
    """The form in which state bodies must write to a municipality; ``neutral`` sets no demand."""

    BOKMAAL = "bokmål"
    NYNORSK = "nynorsk"
    NEUTRAL = "neutral"


class Language(StrEnum):
    """The written form of a letter; values are BCP 47 tags."""

    BOKMAAL = "nb"
    NYNORSK = "nn"


class Failure(StrEnum):
    """Why a planned letter was not made."""

    FOLDER_CLOSED = "folder_closed"
    CANNOT_BE_RENDERED = "cannot_be_rendered"


def language_of(form: LanguageForm) -> Language:
    """Choose the written form: nynorsk to those who have resolved it, else bokmål (domain §4, språkvedtak)."""
    return Language.NYNORSK if form is LanguageForm.NYNORSK else Language.BOKMAAL
