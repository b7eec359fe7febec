"""axe on every page in every state: nothing against WCAG 2.2 AA. What that says and does not: docs/accessibility.md."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from gateway.pages.render import TEMPLATES
from tests.browser import worlds
from tests.browser.axe import BY_LOOK, Findings
from tests.browser.browsing import DESKTOP, Scheme, log_in, opened
from tests.browser.screenshots import SHOTS
from tests.browser.stage.play import Stage

pytestmark = pytest.mark.timeout(1800)
NARROWEST = (320, 640)


@dataclass(frozen=True)
class Look:
    """How pages are looked at, and by which rules; None: all."""

    scheme: Scheme = "light"
    size: tuple[int, int] = DESKTOP
    rules: list[str] | None = None


LOOKS = {"light": Look(), "dark": Look("dark", rules=BY_LOOK), "narrow": Look(size=NARROWEST, rules=BY_LOOK)}
"""All rules once; where only colours and sizes differ, those about them."""
EACH = pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
CORE = ("front", "surface", "lists", "answer", "answer-errors", "approved", "receipt", "folder-health", "not-found")

ELSEWHERE = {"news.html", "api_docs.html"}
"""On the stage's pages only, where something can come; and Swagger UI, which docs/accessibility.md names."""


def report(found: Findings) -> None:
    """Say what was looked at; fail on a violation."""
    print(found.summary())  # noqa: T201  shown with -s, and where it fails
    assert "\n".join(found.violations) == ""


@pytest.mark.heavy
@EACH
def test_axe_finds_nothing_on_any_page_in_any_state(browser: Browser, look: Look) -> None:
    """Every page of the worlds: errors, refusals, empty ones, readers' and writers', in light, dark and narrow."""
    found = Findings()
    with opened(browser, worlds.ADDRESS, size=look.size, scheme=look.scheme) as page:
        worlds.serve(page)
        for nth, one in enumerate(worlds.shown()):
            page.goto(f"{worlds.ADDRESS}{worlds.PREFIX}{nth}", wait_until="load")
            found.look(page, one.name, rules=look.rules)
    report(found)


@pytest.mark.heavy
@EACH
def test_axe_finds_nothing_where_people_have_clicked_and_typed(playing: Stage, browser: Browser, look: Look) -> None:
    """Every shot of the pictures, with what its user has done there, in light, dark and narrow."""
    report(walk(playing, browser, list(SHOTS), look))


def test_axe_finds_nothing_on_the_way_of_an_answer(playing: Stage, browser: Browser) -> None:
    """The pages that everybody uses, each time the tests run; the rest is in the heavy ones."""
    report(walk(playing, browser, list(CORE), Look()))


@pytest.mark.heavy
def test_no_template_is_forgotten() -> None:
    """Each template makes some page of those that axe looks at: a new one must be added to the worlds."""
    seen = frozenset[str]().union(*(one.templates for one in worlds.shown()))
    assert {path.name for path in TEMPLATES.glob("*.html")} - seen == ELSEWHERE


def walk(playing: Stage, browser: Browser, names: list[str], look: Look) -> Findings:
    """Look at these shots, each as its user."""
    found = Findings()
    for user in dict.fromkeys(SHOTS[name].user for name in names):
        with opened(browser, playing.address, size=look.size, scheme=look.scheme) as page:
            if user:
                log_in(page, user)
            for name in names:
                if SHOTS[name].user == user:
                    page.goto(SHOTS[name].path)
                    SHOTS[name].act(page)
                    found.look(page, name, rules=look.rules)
    return found
