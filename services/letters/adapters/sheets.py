"""What a template is given: every word of the letter, ready to be set."""

from __future__ import annotations

from typing import assert_never

from services.letters.adapters.catalogue import sender, texts
from services.letters.adapters.sheet_bodies import Body, answer, corrected, decision, request, to_person, withdrawal
from services.letters.adapters.sheet_parts import Sheet, dated
from services.letters.domain.codes import Kind
from services.letters.domain.content import (
    AnswerRecord,
    Content,
    LetterToPerson,
    PlacementDecision,
    RequestLetter,
    WithdrawalLetter,
)
from services.letters.domain.text import norwegian_date

FONTS = ("Noto Sans", "Noto Sans Arabic")
"""The letters' own fonts: Latin, Greek and Cyrillic script, and Arabic."""


def template_of(content: Content) -> Kind:
    """Tell which template sets it; the template file has the kind's name."""
    match content:
        case PlacementDecision():
            return Kind.PLACEMENT_DECISION
        case LetterToPerson():
            return Kind.LETTER_TO_PERSON
        case RequestLetter():
            return Kind.REQUEST
        case WithdrawalLetter():
            return Kind.WITHDRAWAL
        case AnswerRecord():
            return Kind.ANSWER
        case _:
            assert_never(content)


def sheet_of(content: Content) -> Sheet:
    """Write the letter's data and texts as the template reads them; all from outside is made plain text."""
    common = texts(content.language)["common"]
    case, day = dated(content)
    body = _body(content)
    return {
        "language": content.language,
        "fonts": FONTS,
        "title": body.title,
        "document_title": body.title if case in body.title else f"{body.title} – {case}",
        "day": [day.year, day.month, day.day],
        "date": norwegian_date(day),
        "case": case,
        "reference": content.reference,
        "sender": body.sender
        or {
            "short": sender()["short"],
            "long": common["sender"],
            "name": common["sender"],
            "foot": f"{sender()['short']} · {sender()['web']}",
        },
        "labels": {**{name: common[name] for name in ("date", "case", "reference", "page", "unsigned")}, **body.labels},
        "addressee": body.addressee,
        "closing": body.closing or [common["closing"], common["sender"]],
        "body": body.texts,
    }


def _body(content: Content) -> Body:
    match content:
        case PlacementDecision():
            return corrected(content, content.corrects) if content.corrects else decision(content)
        case LetterToPerson():
            return to_person(content)
        case RequestLetter():
            return request(content)
        case WithdrawalLetter():
            return withdrawal(content)
        case AnswerRecord():
            return answer(content)
        case _:
            assert_never(content)
