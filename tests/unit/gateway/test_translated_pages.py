"""Every page in nynorsk and English: nothing of it is left in bokmål."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest

from gateway.language import LANGUAGES
from gateway.locales import read
from gateway.locales.update import TAGS, strings
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.worlds import Visit, visits

SHOWN = ("placeholder", "aria-label", "title", "alt", "data-label", "data-mark", "data-unmark")
WORD = re.compile(r"[^\W\d_]{2,}")
VISITS = list(visits())
DATA = re.compile(
    # who and what these worlds are made of, and names of things that are called so in every language
    r"\b(?:Anne Vik|Per Moe|anne|per|oslo|example"
    r"|Kari Nordmann|Ola Dahl|Oslo|Rima Eksempel|Sami Eksempel|Eksempelveien 1, 0001 Oslo|Nær skole og buss"
    r"|Søsteren bor her|Merkenavn|Merkesen|Nordlys mottak|Tromsø|Bruker insulin|Hei|IMDi|EM|Fordeling|Noark|PDF|kB"
    r"|[a-z]+\.[a-z-]+\.v\d+|FL-2026-\d+|Bokmål|Nynorsk|English|Language|x|syria)\b"
)
# the same in both, by Unicode's CLDR
NAMES = {"Syria", "arabisk", "7 døgn", "10 år"}


class _Texts(HTMLParser):
    """Leaves out what is tagged as English, whatever the page's language: the contracts' own words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._english: list[str] = []

    def handle_data(self, data: str) -> None:
        if not self._english:
            self.found.append(" ".join(data.split()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._english or (tag != "html" and ("lang", "en") in attrs):
            self._english.append(tag)
        else:
            self.found += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._english:
            while self._english.pop() != tag:
                pass  # an element without an end of its own


def texts(page: str) -> list[str]:
    """Give what is read of a page: its texts, and those of attributes."""
    parser = _Texts()
    parser.feed(page)
    return [one for one in parser.found if WORD.search(one)]


HOLE = re.compile(r"%\([a-z_]+\)s")


class Said:
    """What a language makes of the source: in the same words, or in others."""

    def __init__(self, tag: str) -> None:
        same: list[str] = []
        other: list[str] = []
        for one in strings(read(tag)).values():
            forms = zip(one.id, one.string, strict=True) if isinstance(one.id, tuple) else [(one.id, one.string)]
            for source, said in forms:
                text = " ".join(source.split())
                if WORD.search(HOLE.sub("", text)):
                    (same if source == said else other).append(text)
        self.plain = {text for text in other if not HOLE.search(text)}
        self.filled = _any([text for text in other if HOLE.search(text)])
        self.alike = _any(same)

    @cache  # noqa: B019  one of each language, for all pages
    def is_source(self, text: str) -> bool:
        """Whether it is a source string that the language says otherwise."""
        return (text in self.plain or self.filled.fullmatch(text) is not None) and not DATA.fullmatch(text)

    @cache  # noqa: B019
    def is_alike(self, text: str) -> bool:
        """Whether it may stand in both languages: names, what people wrote, and words that are the same."""
        rests = (self.alike.sub("", DATA.sub("", text)), DATA.sub("", self.alike.sub("", text)))
        return text in NAMES or bool(self.alike.fullmatch(text)) or not all(map(WORD.search, rests))


def _any(sources: list[str]) -> re.Pattern[str]:
    patterns = (".*?".join(map(re.escape, HOLE.split(text))) for text in sorted(sources, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


@cache
def bokmaal(visit: Visit) -> str:
    return visit.look("nb").text


@cache
def said(tag: str) -> Said:
    return Said(tag)


def left_over(tag: str, source: str, page: str) -> Iterator[str]:
    """Give what a page says in bokmål though it is in another language."""
    there = set(texts(source))
    for text in set(texts(page)):
        if not said(tag).is_alike(text) if text in there else said(tag).is_source(text):
            yield text


@pytest.mark.heavy
@pytest.mark.parametrize("tag", TAGS)
def test_no_page_has_bokmaal_left(tag: str) -> None:
    """Each page in each state says in the language what it says in bokmål, but for names and what people wrote."""
    wrong: dict[str, str] = {}
    for visit in VISITS:
        page = visit.look(tag)
        if not page.headers["content-type"].startswith("text/html") or page.is_redirect:
            continue
        assert page.headers["content-language"] == tag, visit.name
        wrong |= dict.fromkeys(left_over(tag, bokmaal(visit), page.text), visit.name)
    assert "\n".join(f"{name}: {text}" for text, name in wrong.items()) == ""


def test_every_route_that_gives_a_page_is_visited() -> None:
    """A new page must be added to the worlds that these tests look at."""
    routes = {
        re.sub(r"\{[^}]+\}", "[^/]+", route.path): route.path
        for route in Desktop().app.routes
        if "GET" in getattr(route, "methods", ()) and not re.search(OTHERS, route.path)
    }
    paths = {visit.path.partition("?")[0] for visit in VISITS if visit.data is None}
    assert [path for pattern, path in routes.items() if not any(re.fullmatch(pattern, one) for one in paths)] == []


OTHERS = r"^/api/|^/static/|^/livez|^/readyz|\.(csv|xlsx|zip|json|yaml)$|/brev/|/schema|/hendelser$"
"""Files, streams, and what programs ask for."""


def test_a_string_past_gettext_is_found() -> None:
    """The comparison sees a text that both languages have alike, and one of the catalogue that was not translated."""
    assert list(left_over("nn", "<p>Hallo verden</p>", "<p>Hallo verden</p>")) == ["Hallo verden"]
    assert list(left_over("nn", "<p>x</p>", "<p>Logg ut Kari Nordmann</p>")) == []
    assert list(left_over("en", "<p>x</p>", "<p>Logg ut</p>")) == ["Logg ut"]
    assert list(left_over("en", "<p>Oslo</p>", "<p>Oslo</p>")) == []
    tagged = '<p lang="en">Of a <b>list</b>.<br></p><p>Hallo verden</p>'
    assert list(left_over("nn", tagged, tagged)) == ["Hallo verden"]


@pytest.mark.parametrize("visit", [one for one in VISITS if one.name == "front"], ids=lambda one: one.name)
def test_the_front_page_is_read_in_each_language(visit: Visit) -> None:
    """As a stranger's browser asks for it."""
    headings = {tag: re.search(r"<h1[^>]*>([^<]+)", visit.look(tag).text) for tag in LANGUAGES}
    assert {tag: found and found[1] for tag, found in headings.items()} == {
        "nb": "Svar IMDi om bosetting av flyktninger",
        "nn": "Svar IMDi om busetjing av flyktningar",
        "en": "Answer IMDi about the settlement of refugees",
    }
