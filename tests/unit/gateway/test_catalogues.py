"""The catalogues of the pages: whole, and saying what the source says."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from babel.messages.catalog import Catalog, Message

from gateway.api.problems import KNOWN, REFUSED
from gateway.locales import read, update
from gateway.locales.update import TAGS, extracted, problems, strings

PLACEHOLDER = re.compile(r"%\([a-z_]+\)s")
# a catalogue is no place for characters that turn or hide text
INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module", name="found")
def _found() -> Catalog:
    return extracted()


def messages(tag: str) -> list[Message]:
    """Give what is translated; that all is, is another test's."""
    return [one for one in strings(read(tag)).values() if all(one.string if one.pluralizable else [one.string])]


def pairs(one: Message) -> list[tuple[str, str]]:
    """Each form of the source beside what it is in the language."""
    source, said = (one.id, one.string) if isinstance(one.id, tuple) else ((one.id,), (one.string,))
    return list(zip(source, said, strict=True))


@pytest.mark.parametrize("tag", TAGS)
def test_every_string_is_translated_and_none_is_unused(tag: str, found: Catalog) -> None:
    """What the source says, and nothing else, is in each language, surely; the failure says what to run."""
    told = problems(tag, found, read(tag))
    assert not told, told[0]


@pytest.mark.parametrize("tag", TAGS)
def test_what_is_filled_in_is_the_same_in_every_language(tag: str) -> None:
    """A placeholder that a translation lacks or invents would lose a word or break the page."""
    wrong = [
        (source, said)
        for one in messages(tag)
        for source, said in pairs(one)
        if Counter(PLACEHOLDER.findall(source)) != Counter(PLACEHOLDER.findall(said)) or INVISIBLE.search(said)
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", TAGS)
def test_a_translation_stands_where_its_source_stood(tag: str) -> None:
    """Space around a part of a sentence, its colon or full stop, and a capital at its beginning are kept."""

    def shape(text: str) -> tuple[bool, bool, str]:
        end = text.rstrip()[-1:]
        return text[:1].isspace(), text[-1:].isspace(), end if end in {".", ":", "?"} else ""

    wrong = [(a, b) for one in messages(tag) for a, b in pairs(one) if shape(a) != shape(b)]
    assert wrong == []


def test_nynorsk_has_no_bokmaal_words() -> None:
    """Words that are bokmål alone do not slip into nynorsk."""
    bokmaal = re.compile(
        r"\b(ikke|jeg|hva|hvem|hvor|hvorfor|hvordan|fra|noe|noen|dere|deres|mer|bare|kommer|bosett\w*|begrunnelse\w*"
        r"|anmodning\w*|ble|blitt|hun|være|gjøre|flere|enslige?|uker?|nå)\b",
        re.IGNORECASE,
    )
    # the resources of Altinn are called so
    named = re.compile(r"\bbosetter-(skriv|les)\b")
    wrong = [said for one in messages("nn") for _, said in pairs(one) if bokmaal.search(named.sub("", said))]
    assert wrong == []


def test_english_has_no_norwegian_letters() -> None:
    """Only names may be Norwegian."""
    wrong = [said for one in messages("en") for _, said in pairs(one) if re.search("[æøåÆØÅ«»]", said)]
    assert [said for said in wrong if said != "Bokmål"] == []


def test_a_catalogue_that_lags_says_what_to_do(found: Catalog) -> None:
    """One line: what to run, how many strings, in which file."""
    there = Catalog(locale="nn")
    for one in list(strings(found).values())[1:]:
        there.add(one.id, one.id)
    line = "gateway/locales/nn.po: run `make catalogues`, then translate 1 strings in it"
    assert problems("nn", found, there) == [line]


def test_updating_keeps_what_was_said(found: Catalog) -> None:
    """`make catalogues` changes nothing where nothing is new."""
    for tag in TAGS:
        kept = strings(read(tag))
        again = strings(update.update(tag, found))
        assert {key: one.string for key, one in again.items()} == {key: one.string for key, one in kept.items()}


def test_titles_of_problems_are_in_the_catalogues(found: Catalog) -> None:
    """The API's titles are marked, since they are translated when a problem is told."""
    titles = {title for _, title in [*KNOWN.values(), REFUSED]}
    assert titles <= strings(found).keys()
