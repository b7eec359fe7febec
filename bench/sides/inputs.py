"""What the letters of the bench tell: a placement decision about four persons, and a letter to each of them, again and
again with other names, so that nothing is found in a cache. Nobody here exists.
"""

from __future__ import annotations

from datetime import date

from services.letters.domain.codes import Language, LanguageForm
from services.letters.domain.content import (
    Content,
    Folder,
    LetterToPerson,
    Municipality,
    PlacedPerson,
    PlacementDecision,
)

SETS = 5
"""Letters of one list."""
ANSWERED_ON, PLACED_ON = date(2026, 11, 23), date(2026, 11, 24)
OSLO = Municipality("k-0301", "0301", "Oslo", "258935420", LanguageForm.NEUTRAL)
TRANSLATIONS = (None, "en", "uk", "ar")


def list_id(number: int) -> str:
    """Name a list."""
    return f"FL-2026-{number:06}"


def folder(number: int, person: int) -> Folder:
    """Make a person's folder; who has a letter in another language too is told by the running number."""
    language = TRANSLATIONS[person - 1]
    return Folder(
        list_id(number), person, f"Nour{number}", f"Haddad{person}", date(1980 + person, 5, 17),
        f"20254{number:06}{person}", ("Nordlys mottak", f"Storgata {number}"), "9011", "Tromsø", None,
        (language,) if language else (),
    )  # fmt: skip


def contents(count: int) -> list[Content]:
    """Give so many letters, list by list."""
    found: list[Content] = []
    for number in range(-(-count // SETS)):
        folders = [folder(number, person) for person in range(1, SETS)]
        persons = tuple(PlacedPerson(one.running_number, one.name, one.birth_date, one.duf_number) for one in folders)
        reference = f"{number:08X}"
        found.append(
            PlacementDecision(Language.BOKMAAL, reference, list_id(number), PLACED_ON, OSLO, ANSWERED_ON, persons)
        )
        found += [
            LetterToPerson(
                Language.BOKMAAL, reference, list_id(number), PLACED_ON, OSLO, one, next(iter(one.languages), None)
            )
            for one in folders
        ]
    return found[:count]
