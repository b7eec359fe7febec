"""Letters as PDF/UA-1 and PDF/A-2a, by Typst, one after another; a compiler of each template is kept and used again."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
from typst import Compiler, Fonts, TypstError

from services.letters.adapters.catalogue import FOLDER
from services.letters.adapters.sheets import FONTS, sheet_of, template_of
from services.letters.domain.codes import Kind
from services.letters.domain.content import Content
from services.letters.use_cases.outside import NotRenderableError

if TYPE_CHECKING:
    from typst import PDFStandard  # named in the types only

PACKAGES = (fontpkg_noto_sans, fontpkg_noto_sans_arabic)
"""Bring ``sheets.FONTS``."""
STANDARDS: list[PDFStandard] = ["ua-1", "a-2a"]
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class TypstSetter:
    """Sets letters in one thread."""

    def __init__(self) -> None:
        self._compilers: dict[Kind, Compiler] = {}

    def set(self, content: Content) -> bytes:
        """Make the PDF; the same content gives the same bytes. Raises NotRenderableError."""
        return self.set_sheet(template_of(content), sheet_of(content))

    def set_sheet(self, template: Kind, sheet: Mapping[str, Any]) -> bytes:
        """Make the PDF of a sheet (``sheets.sheet_of``). Raises NotRenderableError."""
        compiler = self._compiler(template)
        try:
            return _compile(compiler, sheet)
        except TypstError:
            shown = _replace_unprintable(sheet)
        try:
            return _compile(compiler, shown)
        except TypstError:
            # Typst's own words quote the letter's: they go no further.
            raise NotRenderableError from None

    def _compiler(self, kind: Kind) -> Compiler:
        if kind not in self._compilers:
            self._compilers[kind] = Compiler(FOLDER / f"{kind}.typ", root=FOLDER, font_paths=fonts())
        return self._compilers[kind]


@cache
def fonts() -> Fonts:
    """Find the letters' fonts once: theirs, and those inside Typst for what else may stand in a name."""
    folders = [Path(package.__file__).parent / "files" for package in PACKAGES if package.__file__]
    return Fonts(include_system_fonts=False, font_paths=folders)


def _compile(compiler: Compiler, sheet: Mapping[str, Any]) -> bytes:
    year, month, day = sheet["day"]
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"letter": json.dumps(sheet, ensure_ascii=False)},
        pdf_standards=STANDARDS,
        # The letter's own date: what is written about the file may not depend on when it was made.
        timestamp=datetime(year, month, day, tzinfo=UTC),
    )
    assert isinstance(pdf, bytes), "one document without an output path"
    return pdf


def _replace_unprintable(sheet: Mapping[str, Any]) -> Mapping[str, Any]:
    """Show U+FFFD for characters that no font has: one odd character may not keep a letter from being sent.

    Raises NotRenderableError where nothing is left of a text: a name that nobody can read is not sent.
    """

    def mend(text: str) -> str:
        mended = "".join(_printable(cluster) for cluster in _clusters(text))
        if mended != text and not mended.replace(REPLACEMENT, "").strip():
            raise NotRenderableError
        return mended

    mended: Mapping[str, Any] = _in_all_texts(sheet, mend)
    return mended


def _in_all_texts(node: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(node, str):
        return change(node)
    if isinstance(node, list):
        return [_in_all_texts(part, change) for part in node]
    if isinstance(node, dict):
        return {name: _in_all_texts(part, change) for name, part in node.items()}
    return node


def _clusters(text: str) -> Iterator[str]:
    """Split text into characters, each with the marks that are set upon it: a font must have them together."""
    start = 0
    for position, character in enumerate(text):
        if position > start and not unicodedata.category(character).startswith("M"):
            yield text[start:position]
            start = position
    yield text[start:]


def _printable(cluster: str) -> str:
    if _can_be_set(cluster):
        return cluster
    base = cluster[0]
    return f"{base}{REPLACEMENT}" if len(cluster) > 1 and _can_be_set(base) else REPLACEMENT


@lru_cache(maxsize=10_000)
def _can_be_set(cluster: str) -> bool:
    """Try it alone, by the letters' own fonts and standards."""
    if cluster.isascii():
        return cluster.isprintable()
    names = ", ".join(f'"{name}"' for name in FONTS)
    source = f'#set document(title: "x")\n#set text(font: ({names}), lang: "nb")\n#sys.inputs.cluster'
    try:
        Compiler(source.encode(), font_paths=fonts()).compile(
            format="pdf", sys_inputs={"cluster": cluster}, pdf_standards=STANDARDS
        )
    except TypstError:
        return False
    return True
