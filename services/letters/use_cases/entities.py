"""Names of what a letter may wait for, and ids that follow from their cause."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.letters.domain.codes import Kind
from services.letters.domain.letter import Letter

NAMESPACE = UUID("8c2a4f0e-1b57-5d0b-8a0e-6f2f6f0a9b44")
"""Ours alone, and never changed: every letter's id depends on it."""


def letter_id(cause: str) -> str:
    """Tell the id of the letter that follows from a cause."""
    return str(uuid5(NAMESPACE, cause))


def municipality(municipality_id: str) -> str:
    """Name a municipality as something that arrives."""
    return f"municipality:{municipality_id}"


def answer(list_id: str) -> str:
    """Name a list's answer as something that arrives."""
    return f"answer:{list_id}"


def folder(list_id: str, running_number: int) -> str:
    """Name a person folder as something that arrives."""
    return f"folder:{list_id}/{running_number}"


def needs(letter: Letter, list_version: int = 0) -> list[tuple[str, int]]:
    """List what a letter needs, each in its least version.

    list_version: the list's by a placement; folders must be as they are since then.
    """
    needed = [(municipality(letter.municipality_id), 0)]
    if letter.kind.of_list and letter.kind is not Kind.ANSWER:
        needed.append((answer(letter.list_id), 0))
    if letter.kind.names_persons:
        needed += [(folder(letter.list_id, number), list_version) for number in letter.persons]
    return needed
