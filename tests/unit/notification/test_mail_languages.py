"""Mails in both language forms: each kind whole, in the words of its own language."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.notification.adapters.composing import WORDS
from services.notification.domain.mail import Announcement, Answer, Language
from services.notification.domain.notices import NoticeKind
from tests.unit.notification.test_mail import AT, composed, mail, parts

BOKMAAL = re.compile(
    r"\b(ikke|fra|har trukket|listen|bosettes|antall|kommer|svart|åpne|nærmer|merket|fortsatt|hvem|opplysninger)\b",
    re.IGNORECASE,
)
FACTS = {
    NoticeKind.LIST_ANSWERED: Announcement(4, date(2026, 12, 1), Answer(3, AT.date(), True)),
    NoticeKind.LIST_WITHDRAWN: Announcement(4, None),
    NoticeKind.PERSONS_WITHDRAWN: Announcement(1, None),
}


def words(language: Language) -> dict[str, dict[str, str]]:
    found: dict[str, Any] = tomllib.loads((WORDS / f"{language.value}.toml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_mail_in_nynorsk_is_nynorsk_from_subject_to_end(kind: NoticeKind) -> None:
    """Subject, text and HTML, and the language they say they are in; the same facts as in bokmål."""
    told = replace(mail(Language.NYNORSK), kind=kind, announcement=FACTS.get(kind, Announcement(4, date(2026, 12, 1))))
    text, html = parts(told)
    said = f"{composed(told)['Subject']}\n{text}\n{re.sub('<[^>]+>', ' ', html)}"
    assert BOKMAAL.findall(said) == []
    assert "kommune" in said
    assert "{" not in said
    assert '<html lang="nn">' in html
    assert composed(told)["Content-Language"] == "nn"
    other, _ = parts(replace(told, language=Language.BOKMAAL))
    assert re.findall(r"\d+", text) == re.findall(r"\d+", other)


def test_both_forms_have_the_same_texts_with_the_same_places() -> None:
    """A text more in one is one more in the other, with all that is filled in."""
    bokmaal, nynorsk = words(Language.BOKMAAL), words(Language.NYNORSK)
    assert {(a, b) for a, texts in bokmaal.items() for b in texts} == {(a, b) for a in nynorsk for b in nynorsk[a]}
    for section, texts in bokmaal.items():
        for name, text in texts.items():
            other = nynorsk[section][name]
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", other)), (section, name)


def test_every_kind_has_its_texts() -> None:
    """A kind of notice that comes new is written about in both forms."""
    for language in Language:
        assert {kind.value for kind in NoticeKind} <= set(words(language))
