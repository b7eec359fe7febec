"""axe on every page in every state: nothing against WCAG 2.2 AA. What that says and does not: docs/accessibility.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from gateway.pages.render import TEMPLATES
from tests.browser import worlds
from tests.browser.axe import BY_COLOUR, BY_SIZE, Findings
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


LOOKS = {
    "light": Look(),
    "dark": Look("dark", rules=BY_COLOUR),
    "narrow": Look(size=NARROWEST, rules=[*BY_COLOUR, *BY_SIZE]),
}
"""All rules once; in dark, where every size is the same, those on colours; narrow, where tables become cards, both."""
CORE = ("front", "surface", "lists", "answer", "answer-errors", "approved", "receipt", "folder-health", "not-found")

ELSEWHERE = {"news.html", "api_docs.html"}
"""On the stage's pages only, where something can come; and Swagger UI, which docs/accessibility.md names."""


def look_at(page: Page, name: str, found: Mapping[str, Findings]) -> None:
    """Look at a page as it is now, in every look that is wanted, and leave it as it was."""
    for look, findings in found.items():
        wanted = LOOKS[look]
        page.emulate_media(color_scheme=wanted.scheme)
        page.set_viewport_size({"width": wanted.size[0], "height": wanted.size[1]})
        findings.look(page, name, rules=wanted.rules)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})


def report(found: Mapping[str, Findings]) -> None:
    """Say what was looked at; fail on a violation."""
    for look, findings in found.items():
        print(f"{look}: {findings.summary()}")  # noqa: T201  shown with -s, and where it fails
    assert [f"{look}: {one}" for look, findings in found.items() for one in findings.violations] == []


@pytest.mark.heavy
def test_axe_finds_nothing_on_any_page_in_any_state(browser: Browser) -> None:
    """Every page of the worlds: errors, refusals, empty ones, readers' and writers', in light, dark and narrow."""
    found = {look: Findings() for look in LOOKS}
    with worlds.served() as address, opened(browser, address) as page:
        for nth in worlds.distinct():
            page.goto(f"{worlds.PREFIX}{nth}", wait_until="load")
            look_at(page, worlds.shown()[nth].name, found)
    report(found)


@pytest.mark.heavy
def test_axe_finds_nothing_where_people_have_clicked_and_typed(playing: Stage, browser: Browser) -> None:
    """Every shot of the pictures, with what its user has done there, in light, dark and narrow."""
    report(walk(playing, browser, list(SHOTS), LOOKS))


@pytest.mark.heavy
def test_axe_finds_nothing_on_the_way_of_an_answer(playing: Stage, browser: Browser) -> None:
    """The pages that everybody uses, each time the tests run; the rest is in the heavy ones."""
    report(walk(playing, browser, list(CORE), ["light"]))


@pytest.mark.heavy
def test_no_template_is_forgotten() -> None:
    """Each template makes some page of those that axe looks at: a new one must be added to the worlds."""
    seen = frozenset[str]().union(*(one.templates for one in worlds.shown()))
    assert {path.name for path in TEMPLATES.glob("*.html")} - seen == ELSEWHERE


def walk(playing: Stage, browser: Browser, names: list[str], looks: Iterable[str]) -> Mapping[str, Findings]:
    """Look at these shots, each as its user."""
    found = {look: Findings() for look in looks}
    for user in dict.fromkeys(SHOTS[name].user for name in names):
        with opened(browser, playing.address) as page:
            if user:
                log_in(page, user)
            for name in names:
                if SHOTS[name].user == user:
                    page.goto(SHOTS[name].path)
                    SHOTS[name].act(page)
                    look_at(page, name, found)
    return found
