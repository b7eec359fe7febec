"""Who and what the tests of letters tell of. Nobody here exists; organisation numbers begin with 2 or 3."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from services.letters.domain.about import Corrected, Requested, Withdrawn
from services.letters.domain.codes import DeclineReason, Language, LanguageForm, WithdrawalReason
from services.letters.domain.content import (
    Answer,
    AnsweredPerson,
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
from services.letters.domain.planning import Asked, Placement, TakenBack
from services.letters.use_cases.entities import letter_id

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LIST = "FL-2026-000123"
ANSWERED_ON, PLACED_ON = date(2026, 11, 23), date(2026, 11, 24)
VERSION = 6
"""The list's version by its placement."""

OSLO = Municipality("k-0301", "0301", "Oslo", "258935420", LanguageForm.NEUTRAL)
KINN = Municipality("k-4602", "4602", "Kinn", "320433242", LanguageForm.NYNORSK)

NAMES = {1: ("Nour", "Haddad"), 2: ("Yonas", "Tesfay"), 3: ("Oleksandra", "Kovalenko"), 4: ("Zahra", "Rezai")}


def reference(cause: str) -> str:
    """Tell how the letter that follows from a cause is called."""
    return letter_id(cause)[:8].upper()


def folder(
    number: int, name: tuple[str, str] | None = None, list_id: str = LIST, languages: tuple[str, ...] = ()
) -> Folder:
    """Make the folder of a person whose every detail is told apart by its running number."""
    given, family = name or NAMES[number]
    return Folder(
        list_id=list_id,
        running_number=number,
        given_name=given,
        family_name=family,
        birth_date=date(1980 + number, 5, 17),
        duf_number=f"20254236014{number}",
        address_lines=("Nordlys mottak", f"Storgata {number}0"),
        postal_code=f"901{number}",
        city="Tromsø",
        identity_number=f"1785901022{number}",
        languages=languages,
    )


def placement(*numbers: int, version: int = VERSION, municipality: Municipality = OSLO) -> Placement:
    """Place these persons of the list."""
    return Placement(LIST, municipality.municipality_id, version, numbers, PLACED_ON)


def decision(*numbers: int, municipality: Municipality = OSLO, language: Language | None = None) -> PlacementDecision:
    """Write a placement decision about these persons."""
    folders = [folder(number) for number in numbers]
    return PlacementDecision(
        language or Language.BOKMAAL,
        reference(f"placement_decision:{LIST}:{VERSION}"),
        LIST,
        PLACED_ON,
        municipality,
        ANSWERED_ON,
        tuple(PlacedPerson(f.running_number, f.name, f.birth_date, f.duf_number) for f in folders),
    )


def to_person(
    number: int = 1,
    name: tuple[str, str] | None = None,
    *,
    municipality: Municipality = OSLO,
    language: Language = Language.BOKMAAL,
    translation: str | None = None,
) -> LetterToPerson:
    """Write the letter to one of them."""
    called = reference(f"letter_to_person:{LIST}/{number}")
    return LetterToPerson(language, called, LIST, PLACED_ON, municipality, folder(number, name), translation)


REQUESTED = Requested(2027, 1850, 40, date(2026, 12, 15))
ASKED = Asked(OSLO.municipality_id, 3, REQUESTED, date(2026, 11, 20))
TAKEN_ON = date(2026, 11, 30)
CORRECTED = Corrected(letter_id(f"placement_decision:{LIST}:{VERSION}"), PLACED_ON, WithdrawalReason.NEW_INFORMATION)


def taken_back(*numbers: int, version: int = VERSION + 1, whole_list: bool = False) -> TakenBack:
    """Take these persons of the list back."""
    reason = WithdrawalReason.NEW_INFORMATION
    return TakenBack(LIST, OSLO.municipality_id, version, numbers, reason, whole_list, TAKEN_ON)


def answered(message: str = "Vi kan ta imot to fra uke 50.") -> Answer:
    """Answer the list: persons 1 and 2 are accepted, 3 is not."""
    persons = (
        AnsweredPerson(1, accepted=True),
        AnsweredPerson(2, accepted=True),
        AnsweredPerson(3, accepted=False, reason=DeclineReason.NO_SUITABLE_HOUSING, text="Trenger bolig uten trapp"),
    )
    return Answer(LIST, persons, message, ANSWERED_ON, "Kari Nordmann", late=False)


def letters_of_each_kind(municipality: Municipality, language: Language) -> dict[str, Content]:
    """Write one letter of each kind; the persons' in each language there is."""
    called, whose = "3F6F0D1E", municipality
    corrected = decision(2, 3, municipality=whose, language=language)
    withdrawn = Withdrawn(WithdrawalReason.OFFERED_ELSEWHERE, whole_list=False)
    taken = (language, called, LIST, TAKEN_ON, whose, ANSWERED_ON)
    to_them = {
        f"letter_to_person-{other or 'none'}": to_person(3, municipality=whose, language=language, translation=other)
        for other in (None, "en", "uk", "ar")
    }
    return {
        **to_them,
        "placement_decision": decision(1, 2, 3, municipality=whose, language=language),
        "request": RequestLetter(language, called, "ANM-2027-0301", ASKED.asked_on, whose, REQUESTED),
        "request-changed": RequestLetter(
            language, called, "ANM-2027-0301", ASKED.asked_on, whose, replace(REQUESTED, changed=True)
        ),
        "withdrawal": WithdrawalLetter(*taken, (1, 2), withdrawn),
        "withdrawal-one": WithdrawalLetter(*taken, (1,), withdrawn),
        "withdrawal-whole": WithdrawalLetter(*taken, (1, 2, 3), replace(withdrawn, whole_list=True)),
        "corrected_decision": replace(corrected, placed_on=TAKEN_ON, corrects=CORRECTED),
        "answer": AnswerRecord(language, called, whose, answered()),
    }
