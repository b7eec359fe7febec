"""``_()`` and ``ngettext()`` of templates: as jinja2.ext.i18n has them, looked up once a phrase and language.

A page of sixty persons says some three thousand phrases. The library's own functions call each other three deep for
each, and format also what has nothing to fill in.
"""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from gateway import language
from gateway.language import LANGUAGES

MOST = 8_192
"""Phrases kept: those of all templates in every language are fewer."""


def gettext(text: str, **values: object) -> Markup:
    """Translate to the language of the request; ``values`` fill it in, escaped. Two ``%`` are one."""
    tag = language.current().tag
    return _phrase(tag, text) % values if values else _finished(tag, text)


def ngettext(one: str, many: str, num: int, **values: object) -> Markup:
    """Translate in the form for a number, which fills in ``num`` unless ``values`` say otherwise."""
    return Markup(language.ngettext(one, many, num)) % {"num": num, **values}  # noqa: S704  a phrase of ours


@lru_cache(MOST)
def _phrase(tag: str, text: str) -> Markup:
    return Markup(LANGUAGES[tag].catalogue.gettext(text))  # noqa: S704  a phrase of ours


@lru_cache(MOST)
def _finished(tag: str, text: str) -> Markup:
    return _phrase(tag, text) % {}
