"""The language of a page. Source strings are bokmål; other languages come as catalogues in ``locales/``."""

from __future__ import annotations

import gettext as catalogues
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from babel import Locale

from gateway.locales import translations


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its BCP 47 tag, its own name for itself, Babel's locale for names and dates.

    pattern: of a date, in the letters of CLDR.
    """

    tag: str
    name: str
    locale: Locale
    pattern: str = "dd.MM.yyyy"

    @property
    def catalogue(self) -> catalogues.NullTranslations:
        """What source strings are in it; bokmål they are already."""
        return _SOURCE if self.tag == BOKMAAL.tag else translations(self.tag)


_SOURCE = catalogues.NullTranslations()
BOKMAAL = Language("nb", "Bokmål", Locale("nb"))
NYNORSK = Language("nn", "Nynorsk", Locale("nn"))
ENGLISH = Language("en", "English", Locale("en", "GB"), "d MMMM yyyy")
LANGUAGES: Mapping[str, Language] = {one.tag: one for one in (BOKMAAL, NYNORSK, ENGLISH)}
"""By tag, in the order in which a reader may choose them."""

ACCEPTED: Mapping[str, Language] = {**LANGUAGES, "no": BOKMAAL}
"""What a browser may call them; which written form ``no`` means nobody can tell."""

_current: ContextVar[Language] = ContextVar("language", default=BOKMAAL)


def current() -> Language:
    """Give the language of the request being answered."""
    return _current.get()


def use(language: Language) -> None:
    """Answer the request at hand in a language."""
    _current.set(language)


@contextmanager
def using(language: Language) -> Iterator[None]:
    """Speak a language while the block lasts."""
    before = _current.set(language)
    try:
        yield
    finally:
        _current.reset(before)


def accepted(header: str, default: Language) -> Language:
    """Choose by an ``Accept-Language`` header (RFC 9110 §12.5.4): the one of ours it wants most."""
    best, language = 0.0, default
    for part in header.split(","):
        tag, _mark, weight = part.partition(";")
        found = ACCEPTED.get(tag.strip().lower().partition("-")[0])
        wanted = _weight(weight)
        if found is not None and wanted > best:
            best, language = wanted, found
    return language


def _weight(parameter: str) -> float:
    name, mark, value = parameter.strip().partition("=")
    if not mark or name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _(text: str) -> str:
    """Translate to the current language."""
    return current().catalogue.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate to the current language, in its form for the number."""
    return current().catalogue.ngettext(one, many, number)


def marked(text: str) -> str:
    """Mark a text for the catalogues; it is translated when it is shown."""
    return text
