"""The life of a letter, and what it tells."""

from __future__ import annotations

import pytest

from services.letters.domain.codes import Failure, Language, LanguageForm, language_of
from services.letters.domain.composing import Known, compose
from services.letters.domain.content import Folder, LetterToPerson, PlacementDecision, running_numbers
from services.letters.domain.letter import (
    Document,
    Letter,
    LetterCreated,
    LetterFailed,
    create,
    fail,
    object_key,
    object_prefix,
)
from services.letters.domain.planning import plan
from services.letters.use_cases.entities import letter_id
from tests.unit.letters.stories import ANSWERED_ON, AT, KINN, OSLO, decision, folder, placement, to_person

DOCUMENT = Document("letters/k-0301/FL-2026-000123/x-0123456789ab.pdf", "0123456789ab" + "c" * 52, 30_000, AT)


def letters(*numbers: int) -> list[Letter]:
    return [letter for letter, _ in plan(placement(*numbers), frozenset(), AT, letter_id)]


def test_a_letter_is_created_once() -> None:
    """Its document is its second event; another document is not taken, nor a failure afterwards."""
    letter = letters(1)[1]
    change = create(letter, Language.BOKMAAL, DOCUMENT)
    assert change is not None
    created, event = change
    assert (created.version, created.language, created.document, event) == (2, "nb", DOCUMENT, LetterCreated(DOCUMENT))
    assert create(created, Language.BOKMAAL, DOCUMENT) is None
    assert fail(created, Failure.CANNOT_BE_RENDERED) is None


def test_a_failed_letter_may_still_be_created() -> None:
    """The same failure is told once; a release that can make the letter makes it, and the failure is gone."""
    change = fail(letters(1)[1], Failure.CANNOT_BE_RENDERED)
    assert change is not None
    failed, event = change
    assert (failed.version, event) == (2, LetterFailed(Failure.CANNOT_BE_RENDERED))
    assert fail(failed, Failure.CANNOT_BE_RENDERED) is None
    made = create(failed, Language.NYNORSK, DOCUMENT)
    assert made is not None
    assert (made[0].version, made[0].failure) == (3, None)


def test_the_objects_key_says_whose_and_what() -> None:
    """Municipality, list, letter, and the beginning of the content's hash: the same content, the same key."""
    letter = letters(1)[1]
    assert object_key(letter, DOCUMENT.sha256) == (f"letters/k-0301/FL-2026-000123/{letter.letter_id}-0123456789ab.pdf")
    assert object_key(letter, DOCUMENT.sha256).startswith(object_prefix(letter))


@pytest.mark.parametrize(
    ("form", "language"),
    [
        (LanguageForm.BOKMAAL, Language.BOKMAAL),
        (LanguageForm.NYNORSK, Language.NYNORSK),
        (LanguageForm.NEUTRAL, Language.BOKMAAL),
    ],
)
def test_the_municipalitys_language_form_decides(form: LanguageForm, language: Language) -> None:
    """Nynorsk only to those who have resolved it."""
    assert language_of(form) is language


def folders(*numbers: int) -> dict[int, Folder]:
    return {number: folder(number) for number in numbers}


def test_the_decision_tells_of_all_and_a_letter_of_its_receiver_only() -> None:
    """The municipality's has name, birth date and DUF number of each, and no address; a person's nobody else's data."""
    to_municipality, first, second = letters(1, 2)
    told = compose(to_municipality, Known(OSLO, folders(1, 2), ANSWERED_ON))
    assert told == decision(1, 2)
    assert "Storgata" not in repr(told)
    assert compose(first, Known(OSLO, folders(1, 2), ANSWERED_ON)) == to_person(1)
    assert compose(second, Known(KINN, folders(1, 2), ANSWERED_ON)) == to_person(
        2, municipality=KINN, language=Language.NYNORSK
    )
    assert "Nour" not in repr(compose(second, Known(OSLO, folders(1, 2), ANSWERED_ON)))


def test_whoever_has_been_withdrawn_is_left_out() -> None:
    """The decision is about those whose folder is open; where nobody's is, there is no letter."""
    to_municipality, first, _ = letters(1, 2)
    told = compose(to_municipality, Known(OSLO, folders(2), ANSWERED_ON))
    assert isinstance(told, PlacementDecision)
    assert running_numbers(told) == {2}
    assert compose(to_municipality, Known(OSLO, {}, ANSWERED_ON)) is Failure.FOLDER_CLOSED
    assert compose(first, Known(OSLO, folders(2), ANSWERED_ON)) is Failure.FOLDER_CLOSED
    alone = compose(first, Known(OSLO, folders(1), ANSWERED_ON))
    assert isinstance(alone, LetterToPerson)
    assert running_numbers(alone) == {1}
