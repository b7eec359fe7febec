"""Catalogues: ``<language>.po`` holds what each bokmål source string is in a language. `make catalogues` updates them.

They are read as they are, without a compiled form beside them that could be older.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent


def read(tag: str) -> Catalog:
    """Read a language's catalogue with all it tells of each string."""
    with (FOLDER / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


@cache
def translations(tag: str) -> gettext.GNUTranslations:
    """Read a language's catalogue for translating; what it lacks stays as it is in the source."""
    compiled = BytesIO()
    write_mo(compiled, read(tag))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
