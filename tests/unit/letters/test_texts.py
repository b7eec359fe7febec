"""How values are written, and the catalogue of texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from services.letters.adapters.catalogue import fill, number, texts, translation, translations
from services.letters.adapters.sheets import sheet_of
from services.letters.domain.codes import Language
from services.letters.domain.text import grouped, norwegian_date, plain
from tests.unit.letters.stories import KINN, OSLO, decision, folder, letters_of_each_kind, to_person


def test_a_date_is_written_as_on_the_work_surface() -> None:
    """Day, month, year, with leading zeros."""
    assert norwegian_date(date(2017, 5, 22)) == "22.05.2017"
    assert norwegian_date(date(987, 1, 2)) == "02.01.0987"


def test_an_organisation_number_is_grouped() -> None:
    """In threes, by spaces that do not break."""
    assert grouped("258935420") == "258\N{NO-BREAK SPACE}935\N{NO-BREAK SPACE}420"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  Nour \n\t Haddad\r\n", "Nour Haddad"),
        ("Nour\N{LINE SEPARATOR}Haddad", "Nour Haddad"),
        ("No\x01ur\x7f", "Nour"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}Nour\N{POP DIRECTIONAL FORMATTING}", "Nour"),
        ("Nour\N{ZERO WIDTH SPACE}\N{TAG LATIN SMALL LETTER A}", "Nour"),
        ("Nour \ue000", "Nour \N{REPLACEMENT CHARACTER}"),
        ("A\N{COMBINING RING ABOVE}se", "Åse"),
        ("گل\N{ZERO WIDTH NON-JOINER}پور", "گل\N{ZERO WIDTH NON-JOINER}پور"),
        (r"#panic() $x$ @ref \ *b* <label>", r"#panic() $x$ @ref \ *b* <label>"),
    ],
)
def test_text_from_outside_becomes_one_visible_line(text: str, written: str) -> None:
    """What is not seen goes, what is seen stays as it is."""
    assert plain(text) == written


@given(st.text())
@example("A\x01\N{COMBINING RING ABOVE}se")
def test_no_text_breaks_the_line(text: str) -> None:
    """Whatever comes: one line, no control, direction or private character, and doing it twice is doing it once."""
    written = plain(text)
    assert "\n" not in written
    assert not {unicodedata.category(character) for character in written} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert plain(written) == written


def shape(node: Any) -> Any:
    """Tell what a translator has to fill in: names, numbers of entries, and the places of each text."""
    if isinstance(node, dict):
        return {name: shape(part) for name, part in node.items()}
    if isinstance(node, list):
        return [shape(part) for part in node]
    return sorted(part for part in str(node).replace("}", "{").split("{")[1::2])


def test_both_written_forms_say_the_same_things() -> None:
    """They have the same texts with the same places, and no text in common that would not be the same word."""
    bokmaal, nynorsk = texts(Language.BOKMAAL), texts(Language.NYNORSK)
    assert shape(bokmaal) == shape(nynorsk)
    for kind in ("placement_decision", "letter_to_person"):
        assert bokmaal[kind]["title"] != nynorsk[kind]["title"]


@pytest.mark.parametrize("language", sorted(translations()))
def test_a_translation_says_what_the_norwegian_letter_says(language: str) -> None:
    """Every text with the same places; who reads it is told that nobody has reviewed it yet."""
    other, own = translation(language), dict(texts(Language.BOKMAAL)["letter_to_person"])
    del own["translation"]  # what the Norwegian text says of it
    own["decision"] = own["decision"].replace("{sender}", "")  # its name is in the language itself
    assert shape(other["letter_to_person"]) == shape(own)
    about = other["about"]
    assert about["direction"] in {"ltr", "rtl"}
    assert about["names"].keys() == {"nb", "nn"}
    assert about["reviewed"] is False


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", letters_of_each_kind(OSLO, Language.BOKMAAL))
def test_every_text_has_its_places_filled(language: Language, kind: str) -> None:
    """No sheet keeps a brace, but for the page numbers that only the template knows."""
    sheet = sheet_of(letters_of_each_kind(KINN, language)[kind])
    assert [text for text in strings(sheet) if "{" in text] == [sheet["labels"]["page"]]


def test_the_person_is_told_how_to_appeal_and_the_municipality_is_not() -> None:
    """Within three weeks, in both languages of the letter; the municipality agreed to what its decision says."""
    sheets = {name: sheet_of(content) for name, content in letters_of_each_kind(OSLO, Language.BOKMAAL).items()}
    told = [name for name, sheet in sheets.items() if any("klage" in text for text in strings(sheet))]
    assert told == [name for name in sheets if name.startswith("letter_to_person")]
    assert any("three weeks" in text for text in strings(sheets["letter_to_person-en"]))


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from strings(part)


NASTY = "a\n\N{RIGHT-TO-LEFT OVERRIDE}b\x01 \ue000"


def test_all_text_from_outside_is_made_plain() -> None:
    """Wherever it stands in a letter."""
    place = replace(OSLO, name=NASTY)
    person = replace(
        folder(1), given_name=NASTY, family_name=NASTY, address_lines=(NASTY, "\n"), city=NASTY
    )  # fmt: skip
    decided = replace(decision(1, municipality=place), persons=(replace(decision(1).persons[0], name=NASTY),))
    for content in (replace(to_person(municipality=place), person=person), decided):
        texts = list(strings(sheet_of(content)))
        assert any("a b" in text for text in texts)
        # No-break spaces are our own, in organisation numbers.
        assert [text for text in texts if plain(text) != text.replace("\N{NO-BREAK SPACE}", " ")] == []


def test_filling_is_done_once() -> None:
    """A value's own braces are only text, and a place without a value is a mistake that shows."""
    assert fill("{a} og {b}", {"a": "{b}", "b": "to"}) == "{b} og to"
    with pytest.raises(KeyError):
        fill("{c}", {})


def test_one_person_is_spoken_of_as_one() -> None:
    """Two forms follow the number of persons."""
    forms = {"one": "personen", "other": "personene"}
    assert [number(forms, count) for count in (1, 2, 60)] == ["personen", "personene", "personene"]
    assert sheet_of(decision(1, municipality=KINN))["body"]["persons_heading"] == "Personen vedtaket gjelder"
