"""Who and what the tests of letters tell of. Nobody here exists; organisation numbers begin with 2 or 3."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.letters.domain.codes import Language, LanguageForm
from services.letters.domain.content import Folder, LetterToPerson, Municipality, PlacedPerson, PlacementDecision
from services.letters.domain.planning import Placement

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LIST = "FL-2026-000123"
ANSWERED_ON, PLACED_ON = date(2026, 11, 23), date(2026, 11, 24)
VERSION = 6
"""The list's version by its placement."""

OSLO = Municipality("k-0301", "0301", "Oslo", "258935420", LanguageForm.NEUTRAL)
KINN = Municipality("k-4602", "4602", "Kinn", "320433242", LanguageForm.NYNORSK)

NAMES = {1: ("Nour", "Haddad"), 2: ("Yonas", "Tesfay"), 3: ("Oleksandra", "Kovalenko"), 4: ("Zahra", "Rezai")}


def folder(number: int, name: tuple[str, str] | None = None, list_id: str = LIST) -> Folder:
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
    )


def placement(*numbers: int, version: int = VERSION, municipality: Municipality = OSLO) -> Placement:
    """Place these persons of the list."""
    return Placement(LIST, municipality.municipality_id, version, numbers, PLACED_ON)


def decision(*numbers: int, municipality: Municipality = OSLO, language: Language | None = None) -> PlacementDecision:
    """Write a placement decision about these persons."""
    folders = [folder(number) for number in numbers]
    return PlacementDecision(
        language or Language.BOKMAAL,
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
) -> LetterToPerson:
    """Write the letter to one of them."""
    return LetterToPerson(language, LIST, PLACED_ON, municipality, folder(number, name))
