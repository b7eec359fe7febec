"""The language of a page. Source strings are bokmål; other languages come as catalogues in ``locales/``."""

from __future__ import annotations

import gettext as catalogues
from contextvars import ContextVar
from dataclasses import dataclass

from babel import Locale


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its BCP 47 tag, Babel's locale for names and dates, and its catalogue."""

    tag: str
    locale: Locale
    catalogue: catalogues.NullTranslations


BOKMAAL = Language("nb", Locale("nb"), catalogues.NullTranslations())

_current: ContextVar[Language] = ContextVar("language", default=BOKMAAL)


def current() -> Language:
    """Give the language of the request being answered."""
    return _current.get()


def _(text: str) -> str:
    """Translate to the current language."""
    return current().catalogue.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Translate to the current language, in its form for the number."""
    return current().catalogue.ngettext(one, many, number)
