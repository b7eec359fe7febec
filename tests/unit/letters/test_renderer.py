"""The letters themselves, as PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from services.letters.adapters.typst_setter import TypstSetter
from services.letters.domain.codes import Language
from services.letters.domain.content import Content
from services.letters.use_cases.outside import NotRenderableError
from tests.unit.letters.stories import KINN, LIST, NAMES, decision, folder, to_person

NYNORSK = Language.NYNORSK
HOSTILE = r'#panic() $x$ @ref \\ *b* <label> _i_ `r` // c /* d */ -- "q" #{1+1} {municipality} [x]'


@pytest.fixture(scope="module")
def renderer() -> TypstSetter:
    return TypstSetter()


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def root_of(pdf: bytes) -> Any:
    """Give the document's catalogue."""
    return read(pdf).trailer["/Root"]


def text_of(pdf: bytes) -> str:
    """Take the text of all pages, in one line and without the places where a long word may break."""
    text = " ".join(page.extract_text() for page in read(pdf).pages)
    return " ".join(text.replace("\N{ZERO WIDTH SPACE}", "").split())


def test_the_decision_lists_the_placed_persons(renderer: TypstSetter) -> None:
    """To the municipality, with reference, dates, and each person's number, name, birth date and DUF number."""
    text = text_of(renderer.set(decision(1, 3)))
    for part in (
        "Oslo kommune", "Organisasjonsnummer 258 935 420", "Vedtak om bosetting", f"Saksnummer {LIST}",
        f"Referanse {decision(1).reference}", "Dato 24.11.2026",
        "svarte på listen 23.11.2026", "at 2 personer skal bosettes i Oslo kommune",
        "1 Nour Haddad 17.05.1981 202542360141", "3 Oleksandra Kovalenko 17.05.1983 202542360143", "Side 1 av 1",
    ):  # fmt: skip
        assert part in text
    assert "Yonas" not in text
    assert "Storgata" not in text


def test_a_letter_holds_its_receivers_data_only(renderer: TypstSetter) -> None:
    """Name, address, birth date and DUF number of the one, nothing of the others on the list."""
    for number, (given, family) in NAMES.items():
        text = text_of(renderer.set(to_person(number)))
        own = folder(number)
        assert f"{given} {family} Nordlys mottak Storgata {number}0 901{number} Tromsø" in text
        assert f"Fødselsdato 17.05.{1980 + number} DUF-nummer {own.duf_number} Kommune Oslo" in text
        others = [folder(other) for other in NAMES if other != number]
        for value in (
            part for other in others for part in (other.family_name, other.duf_number, *other.address_lines[1:])
        ):
            assert value not in text


def test_the_municipalitys_language_form_is_kept(renderer: TypstSetter) -> None:
    """Nynorsk is nynorsk throughout, and says so to whoever reads it aloud."""
    cases: list[tuple[Content, str, str, str, str]] = [
        (decision(1), "nb", "Vedtak om bosetting", "bosettes", "busetjast"),
        (decision(1, municipality=KINN, language=NYNORSK), "nn", "Vedtak om busetjing", "busetjast", "bosettes"),
        (to_person(), "nb", "Du skal bosettes i Oslo kommune", "bosettingen", "busetj"),
        (to_person(municipality=KINN, language=NYNORSK), "nn", "Du skal busetjast i Kinn", "busetjinga", "bosett"),
    ]  # fmt: skip
    for content, language, title, own, other in cases:
        pdf = renderer.set(content)
        text = text_of(pdf)
        assert title in text
        assert own in text
        assert other not in text
        assert str(root_of(pdf)["/Lang"]).partition("-")[0] == language


@pytest.mark.parametrize(
    "content",
    [decision(1, 2), decision(1, language=NYNORSK), to_person(), to_person(language=NYNORSK)],
    ids=["decision-nb", "decision-nn", "person-nb", "person-nn"],
)
def test_it_is_accessible_and_archivable(renderer: TypstSetter, content: Content) -> None:
    """It says it is PDF/UA-1 and PDF/A-2a, is tagged, shows its title, and embeds its fonts."""
    pdf = renderer.set(content)
    reader = read(pdf)
    root = root_of(pdf)
    xmp = root["/Metadata"].get_data().decode()
    for claim in ("<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"):
        assert claim in xmp
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title is not None
    assert reader.metadata.title.endswith(LIST)
    assert reader.metadata.creation_date == datetime(2026, 11, 24, tzinfo=UTC)
    assert fonts_without_file(reader) == []


def fonts_without_file(reader: PdfReader) -> list[str]:
    missing = []
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            if not {"/FontFile2", "/FontFile3"} & descriptor.keys():
                missing.append(str(font["/BaseFont"]))
    return missing


@pytest.mark.parametrize("where", ["name", "address", "municipality", "decision"])
def test_hostile_text_is_only_text(renderer: TypstSetter, where: str) -> None:
    """Markup, code and our own places are shown as they were written, wherever they stand."""
    letter = to_person()
    contents: dict[str, Content] = {
        "name": replace(letter, person=replace(letter.person, family_name=HOSTILE)),
        "address": replace(letter, person=replace(letter.person, address_lines=(HOSTILE,))),
        "municipality": replace(letter, municipality=replace(letter.municipality, name=HOSTILE)),
        "decision": replace(decision(1), persons=(replace(decision(1).persons[0], name=HOSTILE),)),
    }
    assert HOSTILE in text_of(renderer.set(contents[where]))


@pytest.mark.parametrize("name", ["x" * 10_000, "bind-" * 400, "Q\N{COMBINING RING ABOVE}" * 500, "ord " * 2_000])
def test_a_long_name_stays_on_the_page(renderer: TypstSetter, name: str) -> None:
    """It breaks where it must, over as many pages as it takes; nothing of it is lost."""
    pdf = renderer.set(to_person(name=(name, "Slutt")))
    lines = [line for page in read(pdf).pages for line in page.extract_text().splitlines()]
    assert max(len(line.replace("\N{ZERO WIDTH SPACE}", "")) for line in lines) < 200
    assert f"{name[-5:].strip()} Slutt".replace(" ", "") in text_of(pdf).replace(" ", "")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (("Олександра", "Ґудзь"), "Олександра Ґудзь"),
        (("Čálliid", "Ŋáŋŋá"), "Čálliid Ŋáŋŋá"),
        (("Ali 😀", "Nord"), "Ali \N{REPLACEMENT CHARACTER} Nord"),
        (("a\u20dd", "Nord"), "a\N{REPLACEMENT CHARACTER} Nord"),
    ],
)
def test_names_of_many_scripts_are_shown(renderer: TypstSetter, name: tuple[str, str], shown: str) -> None:
    """A character that no font has is shown as one that is missing; the letter is made all the same."""
    assert shown in text_of(renderer.set(to_person(name=name)))


def test_arabic_is_joined(renderer: TypstSetter) -> None:
    """A name in Arabic script can be set by the fonts at hand, joiners included."""
    assert renderer.set(to_person(name=("محمد رضا", "گل\N{ZERO WIDTH NON-JOINER}پور")))


def languages_of(node: Any) -> set[str]:
    """Collect the languages that parts of a tagged document say they are in."""
    node = node.get_object()
    if isinstance(node, list):
        return {language for part in node for language in languages_of(part)}
    if not isinstance(node, dict):
        return set()
    own = {str(node["/Lang"]).partition("-")[0]} if "/Lang" in node else set()
    return own | (languages_of(node["/K"]) if "/K" in node else set())


def test_a_letter_in_two_languages_says_which_part_is_which(renderer: TypstSetter) -> None:
    """So that it is read aloud right; the translation has a page of its own, and nobody else's data are in either."""
    pdf = renderer.set(to_person(3, translation="ar"))
    assert str(root_of(pdf)["/Lang"]).startswith("nb")
    assert "ar" in languages_of(root_of(pdf)["/StructTreeRoot"])
    first, second = (page.extract_text() for page in read(pdf).pages)
    assert "Du får brevet også på arabisk" in first
    assert "Side 2 av 2" in second
    assert any("\u0600" <= letter <= "\u06ff" or "\ufb50" <= letter <= "\ufeff" for letter in second)
    assert "Haddad" not in first + second
    assert not any("\u0600" <= letter <= "\u06ff" for letter in first)


def test_a_name_that_nobody_could_read_makes_no_letter(renderer: TypstSetter) -> None:
    """A letter to a row of missing characters is not sent."""
    with pytest.raises(NotRenderableError):
        renderer.set(to_person(name=("漢", "字")))


def test_a_long_list_has_numbered_pages_with_headed_tables(renderer: TypstSetter) -> None:
    """Sixty persons take three pages, each with its number and the table's head where the table goes on."""
    [person] = decision(1).persons
    content = replace(decision(1), persons=tuple(replace(person, running_number=number) for number in range(1, 61)))
    pages = [page.extract_text() for page in read(renderer.set(content)).pages]
    assert [f"Side {number} av {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * 3
    assert ["DUF-nummer" in page.replace("eller DUF-nummer i", "") for page in pages][:2] == [True, True]


def test_another_renderer_makes_the_same_bytes(renderer: TypstSetter) -> None:
    """Not only the same one: nothing of the process or of what was set before is in a letter."""
    other = TypstSetter()
    other.set(decision(1, 2, 3))
    assert other.set(to_person()) == renderer.set(to_person())
