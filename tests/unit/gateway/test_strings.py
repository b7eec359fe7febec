"""What pages say goes through the catalogues: no words of a template or of the code beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from gateway.pages.render import TEMPLATES

GATEWAY = TEMPLATES.parent
PAGES = sorted(path for path in TEMPLATES.glob("*.html") if path.name != "api_docs.html")
READ = ("placeholder", "aria-label", "title", "alt", "data-label", "data-mark", "data-unmark", "content")
GETTEXT = {"_", "gettext", "ngettext", "_n", "marked"}
WORD = re.compile(r"[^\W\d_]{2,}")
NORWEGIAN = re.compile(
    r"[æøåÆØÅ]|\b(ikke|og|eller|ble|den|det|en|for|til|med|av|på|er|kommune\w*|liste(?:n|r|ne)?|person\w*|svar\w*|uker?)\b"
)
ATTRIBUTES = re.compile(r'[a-z-]+="[^"]*"( [a-z-]+="[^"]*")* ?')
PIECE = re.compile(r'^-\w+$|[a-z-]+="')
"""Of an attribute that is put together."""
NAMES = {"Fordeling", "Language", "PDF", "kB", "utf-8", "light dark", "width=device-width, initial-scale=1"}
"""What is called so in every language, and what nobody reads."""

NO_PAGE = ("archive/", "api/", "locales/", "language.py", "pages/wording.py", "settings.py", "serving.py")
"""Papers for the archive (in Noark's codes), the API (whose words are English), words to look for, and operations."""


class _Read(HTMLParser):
    """Collects the words of a template that stand outside its expressions."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += [part.strip(" ,.:–/()|") for part in data.split("\f")]

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [part.strip() for name, value in attrs if name in READ for part in (value or "").split("\f")]


def loose_words(source: str) -> Iterator[str]:
    """Give the words of a template that are in no catalogue."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    lexed = [(kind, text) for _, kind, text in environment.lex(source)]
    parser = _Read()
    parser.feed("".join(text if kind == "data" else "\f" * kind.endswith("_begin") for kind, text in lexed))
    yield from (text for text in parser.found if WORD.search(text) and text not in NAMES and not PIECE.search(text))
    tree = environment.parse(source)
    told = {id(part) for call in tree.find_all(nodes.Call) if _is_gettext(call) for part in call.find_all(nodes.Const)}
    for constant in tree.find_all(nodes.Const):
        text = constant.value
        if (
            isinstance(text, str)
            and id(constant) not in told
            and " " in text.strip()
            and not ATTRIBUTES.fullmatch(text)
        ):
            yield text


def _is_gettext(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in GETTEXT


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.name)
def test_a_template_says_nothing_past_the_catalogues(template: Path) -> None:
    """No letters in its texts, nor in labels, placeholders and titles, but within ``_()``."""
    assert list(loose_words(template.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    ["<p>Hei</p>", '<input placeholder="Skriv her">', '<p>{{ _("Hei") }} du</p>', '<p>{{ x or "ikke noe" }}</p>',
     '<a aria-label="{{ name }} lukk">x</a>'],
)  # fmt: skip
def test_loose_words_are_found(source: str) -> None:
    """In a text, an attribute and an expression."""
    assert list(loose_words(source)) != []


def norwegian(source: str) -> Iterator[str]:
    """Give the Norwegian texts of a module that are in no catalogue; what is documented is English."""
    tree = ast.parse(source)
    told: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            told |= {id(part) for part in ast.walk(node)}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            text = node.value
            if (
                (" " in text.strip() or not text.isascii())
                and NORWEGIAN.search(text)
                and not re.search(r"[A-Z]{4}", text)
            ):
                yield text


def test_the_code_of_pages_says_nothing_past_the_catalogues() -> None:
    """No Norwegian sentence or letter outside ``_()`` and what marks for it."""
    found = {
        f"{path.relative_to(GATEWAY)}: {text}"
        for path in sorted(GATEWAY.rglob("*.py"))
        if not str(path.relative_to(GATEWAY)).startswith(NO_PAGE)
        for text in norwegian(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_norwegian_code_is_found() -> None:
    """A sentence and a letter; not what is in the catalogues, or documented."""
    assert list(norwegian('x = _("Listen er borte")\n"""Om en liste."""')) == []
    assert list(norwegian('x = "Listen er borte"\ny = "på"')) == ["Listen er borte", "på"]
