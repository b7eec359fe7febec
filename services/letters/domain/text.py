"""How values are written in a letter."""

from __future__ import annotations

import unicodedata
from datetime import date

# Characters that change how others are shown without showing anything: a name could make a line read otherwise.
_INVISIBLE = frozenset(
    chr(code)
    for first, last in ((0x200B, 0x200B), (0x200E, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF))
    for code in range(first, last + 1)
) | {chr(code) for code in range(0xE0000, 0xE0080)}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """Make text from outside one line of visible characters.

    White space of any kind becomes one space, control and direction characters go, characters without an agreed
    meaning become U+FFFD (PDF/A forbids the private use area). Joiners stay: some scripts are spelt with them.
    """
    kept = "".join(_visible(character) for character in text)
    # What goes may have stood between a letter and its mark.
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    if character in _INVISIBLE:
        return ""
    match unicodedata.category(character):
        case "Cc":
            return ""
        case "Co" | "Cs" | "Cn":
            return _REPLACEMENT
        case _:
            return character


def norwegian_date(day: date) -> str:
    """Write a date as the work surface does: ``22.05.2017``."""
    return f"{day:%d.%m.}{day.year:04d}"


def grouped(organisation_number: str) -> str:
    """Write an organisation number as ``958 935 420``, with spaces that do not break."""
    return "\N{NO-BREAK SPACE}".join(organisation_number[start : start + 3] for start in range(0, 9, 3))
