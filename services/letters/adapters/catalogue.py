"""The letters' texts, one file a language: data that a translator can read, not code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from services.letters.domain.codes import Language

FOLDER = Path(__file__).parent / "typst"
"""Templates (``*.typ``), texts (``<language>.toml``) and the sender (``sender.toml``)."""

TRANSLATIONS = FOLDER / "translations"
"""The letter to a person in other languages: ``<BCP 47 tag>.toml``. A file more is a language more."""

Texts = Mapping[str, Any]
"""Strings, lists of strings, or further tables."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


@cache
def texts(language: Language) -> Texts:
    """Read the texts of one language; its tables are ``common`` and one for each kind of letter."""
    return _read(f"{language}.toml")


@cache
def translations() -> frozenset[str]:
    """List the languages that the letter to a person can be in beside the Norwegian text, as BCP 47 tags."""
    return frozenset(path.stem for path in TRANSLATIONS.glob("*.toml"))


@cache
def translation(language: str) -> Texts:
    """Read the texts of another language; its tables are ``about`` and ``letter_to_person``."""
    return _read(f"{TRANSLATIONS.name}/{language}.toml")


@cache
def sender() -> Mapping[str, str]:
    """Read who sends: short name, web address, e-mail address."""
    return _read("sender.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def number(text: Any, count: int) -> Any:  # noqa: ANN401  a string, or a list of strings
    """Choose the ``one`` or ``other`` form of a text that has both."""
    return text["one" if count == 1 else "other"]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the places of a text, in one pass: a value's own braces stay as they are.

    Raises KeyError where the text has a place that no value is for.
    """
    return _PLACE.sub(lambda place: values[place[1]], text)
