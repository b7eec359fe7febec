"""What the sheets of several kinds of letters have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.letters.adapters.catalogue import Texts, fill, sender, texts
from services.letters.domain.codes import Language
from services.letters.domain.content import AnswerRecord, Content, Municipality, RequestLetter, WithdrawalLetter
from services.letters.domain.text import grouped, plain

Sheet = Mapping[str, Any]


def dated(content: Content) -> tuple[str, date]:
    """Tell a letter's case number and date."""
    match content:
        case AnswerRecord():
            return content.answer.list_id, content.answer.answered_on
        case RequestLetter():
            return content.case, content.dated
        case WithdrawalLetter():
            return content.list_id, content.dated
        case _:
            return content.list_id, content.placed_on


def places(content: Content) -> dict[str, str]:
    """Give the values that any letter may name."""
    case, _ = dated(content)
    return {
        "municipality": plain(content.municipality.name),
        "list": case,
        "email": sender()["email"],
        "sender": texts(content.language)["common"]["sender"],
    }


def municipality_addressee(municipality: Municipality, own: Texts, language: Language) -> list[str]:
    """Write the municipality as an addressee."""
    label = texts(language)["common"]["organisation_number"]
    name = fill(own["addressee"], {"municipality": plain(municipality.name)})
    return [name, f"{label} {grouped(municipality.organisation_number)}"]


def filled(lines: Iterable[str], values: Mapping[str, str]) -> list[str]:
    """Fill each line."""
    return [fill(line, values) for line in lines]


def enumeration(numbers: Iterable[int], word: str) -> str:
    """Write numbers as ``1, 2 og 5``."""
    *first, last = [str(number) for number in numbers]
    return f"{', '.join(first)} {word} {last}" if first else last
