"""Texts at the edges on pages: shown by themselves in their own direction; what cannot be is told at its field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import gateway.templates
from contracts.codes import ListStatus
from gateway.auth.users import display_name
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, OSLO, act, one_list, user

TEMPLATES = Path(next(iter(gateway.templates.__path__)))
TURNED = "Familien heter \u202eruobrA\u202c 😀 مرحبا"
PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
FREE = re.compile(
    r"\{\{-?\s*(?:list\.message|typed\.message|person\.decision\.reason_text|decision\.reason_text|mark\.reason_text"
    r"|form\.message|message\.text|question\.text|person\.needs_note)\b[^}]*\}\}"
)
BY_ITSELF = re.compile(r'(?:dir="auto"[^<>]*>|<bdi[^<>]*>)\s*$')


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_free_text_stands_by_itself(template: Path) -> None:
    """What somebody wrote is in an element of its own direction, so that it turns nothing around it."""
    source = template.read_text(encoding="utf-8")
    assert all('dir="auto"' in area for area in re.findall(r"<textarea[^>]*>", source, re.DOTALL))
    for found in FREE.finditer(source):
        before = source[: found.start()]
        assert BY_ITSELF.search(before), (template.name, found[0], before[-80:])


@pytest.mark.parametrize(
    "status", [ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT, ListStatus.APPROVED, ListStatus.ANSWERED]
)
def test_what_was_written_is_shown_as_it_is(status: ListStatus) -> None:
    """Emoji, right to left and its marks: every character, isolated, on each page of a list."""
    one = one_list(status=status, message=TURNED, answered=act(), approved=act())
    page = Desktop(user=user(), reader=FakeReader({LIST: one})).get(PAGE).text
    assert re.search(rf'(dir="auto"[^<>]*>|<bdi[^<>]*>)\s*{TURNED}', page)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Kari \u202eNordmann", "Kari Nordmann"),
        ("\u2067שלום\u2069", "שלום"),
        ("Ali\u200cReza", "Ali\u200cReza"),
        ("😀", "😀"),
        ("\u202e\u200f\n", "Ukjent bruker"),
        ("x" * 10_000, "x" * 200),
    ],
)
def test_a_name_turns_no_sentence(name: str, shown: str) -> None:
    """Names stand in the middle of sentences: marks of direction are taken out of them."""
    assert display_name({"name": name}) == shown
