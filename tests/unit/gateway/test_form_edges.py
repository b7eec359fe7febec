"""Every form of the pages with what nobody should type: never a fault of ours, and what is refused changes nothing.

The forms are those that the pages show, the routes those that the application has: a new one is tried by itself, or the
first test here says what is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
import pytest
import structlog

from gateway.commands.outcomes import Outcome
from gateway.folders.looks import Part
from tests.unit.gateway.fakes import Desktop, FakeDesk
from tests.unit.gateway.forms import PAGES, Form, forms_of, pattern

pytestmark = pytest.mark.timeout(600)
"""Some thousand requests in all."""

GOOD: Mapping[str, Mapping[str, str]] = {
    "/sprak": {"sprak": "nn"},
    "/sporsmal": {"gjelder": "", "sporsmal": "Holder det med heis?"},
    "/bosatt": {"flyttet-1": "ja", "dato": "2026-11-24"},
    "/uke": {"uke": "2026-W53"},
    "/bosettingsdato": {"rettet-dato": "2026-11-23", "rettet-grunn": "Feil dag"},
    "/vedtak/2027": {"ordinare": "20", "em": "0", "vedtaksdato": "2026-11-20", "saksnummer": "2026/1"},
    "/helse": {"formal": "housing"},
}
"""What makes a form good where it is not as it is shown, by the end of its address."""

WORDS = ("", "a\x00b", "x" * 10_001, "😀 👨‍👩‍👧", "\u202eruobrA مرحبا", "<script>")
NUMBERS = ("-1", "0", "1000000000", "9223372036854775808", "1,5", "１", "1e9")
DATES = ("2024-02-29", "2026-02-29", "2026-W53", "2025-W53", "31.12.2026", "01.01.2027", "0001-01-01", "9999-12-31")
TYPED = {"text": (*WORDS, *NUMBERS, *DATES), "date": (*WORDS, *DATES), "textarea": WORDS}
"""What is tried in fields that somebody types into; in the others, what no choice or number of a form's own is."""
CHOSEN = ("", "a\x00b", "9223372036854775808", "１")
WORST = ("a\x00b", "x" * 10_001)
RAW = (b"%ED%A0%80", b"%FF", b"%C3", b"%00", b"%zz")
"""Half a surrogate pair, bytes that are no UTF-8, a NUL and an escape that is none, as they would be sent."""

BY_PROGRAMS = frozenset({"/logg-ut/leverandor"})
"""Routes that no page has a form for: a program sends a signed token, and is told nothing of what is wrong with it."""

NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@cache
def routes() -> tuple[str, ...]:
    """List the routes of the pages that take a form."""
    every = (route for route in Desktop().app.routes if "POST" in getattr(route, "methods", ()))
    return tuple(route.path for route in every if not route.path.startswith("/api/") and route.path not in BY_PROGRAMS)


@cache
def forms() -> Mapping[str, list[tuple[int, Form]]]:
    """Find each form once, by its route: on which of the pages it is, and the form."""
    found: dict[str, dict[Any, tuple[int, Form]]] = {route: {} for route in routes()}
    for number, (make, path) in enumerate(PAGES):
        answer = make().get(path)
        assert answer.status_code == 200, path
        for form in forms_of(answer.text):
            route = next(route for route in routes() if pattern(route).fullmatch(form.action))
            alike = (frozenset(map(stem, form.types)), form.types.get("handling") and dict(form.fields)["handling"])
            found[route].setdefault(alike, (number, form))
    return {route: list(each.values()) for route, each in found.items()}


def stem(name: str) -> str:
    """Give what fields that are read alike have in common."""
    return re.sub(r"\d+", "#", name)


def desktop(number: int) -> Desktop:
    """Give the page's application anew; whatever is sent is taken."""
    made = PAGES[number][0]()
    return Desktop(made.user, made.reader, desk=FakeDesk(Outcome("x", 9)))


def good(form: Form) -> list[tuple[str, str]]:
    """Fill in the form so that it is taken."""
    filled = next((values for end, values in GOOD.items() if form.action.endswith(end)), {})
    return [(name, value) for name, value in form.fields if name not in filled] + list(filled.items())


def post(found: Desktop, action: str, fields: list[tuple[str, bytes]]) -> httpx.Response:
    """Send a form as bytes: values as they are given, already escaped."""
    token = found.client.cookies.get("__Host-skjema", "")
    pairs = [("_csrf_token", quote_from_bytes(token.encode()).encode()), *fields]
    body = b"&".join(name.encode() + b"=" + value for name, value in pairs if name != "_csrf_token" or value)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return found.client.post(action, content=body, headers=kind, follow_redirects=False)


def escaped(fields: list[tuple[str, str]]) -> list[tuple[str, bytes]]:
    """Write values as a browser does."""
    return [
        (name, quote_from_bytes(value.encode(errors="surrogatepass"), safe="").encode())
        for name, value in fields
        if name != "_csrf_token"
    ]


def effects(found: Desktop) -> list[Any]:
    """Tell all that a form may have done; a look at who somebody is comes with the page that tells what is wrong."""
    looks = [one for one in found.looks.written if one[2] is None and one[1].part is Part.HEALTH]
    return [len(found.desk.sent), len(looks), dict(found.preferences.kept), list(found.sessions.ended)]


def edges(form: Form, *, worst: bool) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Yield what is tried: each field, one of those that are read alike, with each odd value, missing and doubled."""
    base = escaped(good(form))
    tried: set[str] = set()
    for name in {**form.types, **dict(good(form))}:
        if name == "_csrf_token" or stem(name) in tried:
            continue
        tried.add(stem(name))
        others = [one for one in base if one[0] != name]
        texts = WORST if worst else TYPED.get(form.types.get(name, ""), CHOSEN)
        values = [*(value for _, value in escaped([(name, text) for text in texts])), *(RAW[:1] if worst else RAW)]
        for value in values:
            yield f"{name}={value[:40]!r}", [*others, (name, value)]
        yield f"{name} missing", others
        yield f"{name} doubled", [*others, (name, b"1"), *[one for one in base if one[0] == name], (name, b"%00")]


@pytest.mark.heavy
def test_every_form_is_found_and_taken_when_it_is_filled_in() -> None:
    """A route whose form is on none of the pages, or is not taken as it is filled in here, says what is missing."""
    for route, found in forms().items():
        assert found, f"{route}: say on which page its form is, in tests/unit/gateway/forms.py"
        for number, form in found:
            one = desktop(number)
            one.get(PAGES[number][1])
            answer = post(one, form.action, escaped(good(form)))
            taken = answer.status_code < 400
            assert taken, f"{route}: say what its fields are, in GOOD ({answer.status_code})"


@pytest.mark.heavy
@pytest.mark.parametrize("route", routes())
def test_odd_values_are_told_and_change_nothing(route: str) -> None:
    """Each field: no fault of ours; refused with what is wrong and nothing done, or taken as text that can be kept."""
    tried: set[frozenset[str]] = set()
    for number, form in forms()[route]:
        one = desktop(number)
        one.get(PAGES[number][1])
        alike = frozenset(map(stem, form.types))
        # of another button for the same fields, the worst of them
        worst = alike in tried
        tried.add(alike)
        for what, fields in edges(form, worst=worst):
            before = effects(one)
            with structlog.testing.capture_logs() as logs:
                answer = post(one, form.action, fields)
            assert answer.status_code < 500, (form.action, what, logs)
            if answer.status_code >= 400:
                assert effects(one) == before, (form.action, what)
                assert refusal(answer.text), (form.action, what, answer.status_code)
            for command in one.desk.sent[before[0] :]:
                told = command.body.model_dump_json() + json.dumps(command.form, ensure_ascii=False)
                assert not NO_TEXT.search(told), (form.action, what)
                assert "\\u0000" not in told, (form.action, what)
                assert "\ufffd" not in told, (form.action, what)


def refusal(html: str) -> bool:
    """Tell whether a page says what is wrong: a summary, an alert, or a page that is about nothing else."""
    return bool(re.search(r"ds-error-summary|data-color=\"(danger|warning)\"|<h1", html))
