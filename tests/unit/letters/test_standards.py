"""The letters before a validator: PDF/UA-1 and PDF/A-2a, whatever stands in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.letters.adapters.catalogue import translations
from services.letters.adapters.typst_setter import TypstSetter
from services.letters.domain.codes import Kind, Language
from services.letters.domain.content import Content
from tests.unit.letters.stories import KINN, OSLO, answered, letters_of_each_kind, to_person
from tests.unit.letters.test_renderer import HOSTILE
from tests.verapdf import Verdict, validate

BOTH = Verdict(frozenset({"PDF/UA-1", "PDF/A-2A"}), ())


def verdicts(contents: dict[str, Content], folder: Path) -> dict[str, Verdict]:
    renderer = TypstSetter()
    for name, content in contents.items():
        (folder / f"{name}.pdf").write_bytes(renderer.set(content))
    return validate(folder)


@pytest.mark.heavy
def test_a_letter_in_two_languages_keeps_both_standards(tmp_path: Path) -> None:
    """One with right-to-left text and a name in another script: the hardest to make accessible."""
    letter = to_person(name=("محمد", "گل\N{ZERO WIDTH NON-JOINER}پور"), translation="ar")
    assert verdicts({"letter": letter}, tmp_path) == {"letter.pdf": BOTH}


@pytest.mark.heavy
def test_every_kind_keeps_both_standards_in_every_language(tmp_path: Path) -> None:
    """Bokmål and nynorsk, each language that there is, and texts that nobody would write."""
    contents: dict[str, Content] = {
        f"{language}-{name}": content
        for place, language in ((OSLO, Language.BOKMAAL), (KINN, Language.NYNORSK))
        for name, content in letters_of_each_kind(place, language).items()
    }
    for kind in Kind:
        assert {language for language in Language if any(name.startswith(f"{language}-{kind}") for name in contents)}
    for language in translations():
        assert f"nn-letter_to_person-{language}" in contents
    strange = ("x" * 10_000, HOSTILE, "Ali 😀", "Q\N{COMBINING RING ABOVE}" * 500)
    for number, name in enumerate(strange):
        contents[f"strange-{number}"] = to_person(name=(name, "Nord"), translation="ar")
        record = letters_of_each_kind(OSLO, Language.BOKMAAL)["answer"]
        contents[f"strange-answer-{number}"] = replace(record, answer=answered(f"{name}\n{name}"))  # type: ignore[call-arg]
    told = verdicts(contents, tmp_path)
    assert told.keys() == {f"{name}.pdf" for name in contents}
    assert {name: verdict for name, verdict in told.items() if verdict != BOTH} == {}
