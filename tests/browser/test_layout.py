"""Pages as they lie on a screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import log_in, opened
from tests.browser.screenshots import SHOTS
from tests.browser.stage.play import Stage

NARROWEST = (320, 640)


@pytest.mark.heavy
@pytest.mark.parametrize("user", sorted({shot.user or "" for shot in SHOTS.values()}))
def test_nothing_scrolls_sideways_on_the_narrowest_screen(playing: Stage, browser: Browser, user: str) -> None:
    """320 pixels wide, which is also 1280 at 400 per cent: every page and state fits (WCAG 1.4.10)."""
    with opened(browser, playing.address, size=NARROWEST) as page:
        if user:
            log_in(page, user)
        for name, shot in SHOTS.items():
            if (shot.user or "") == user:
                page.goto(shot.path)
                shot.act(page)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert wide <= 0, name


@pytest.mark.heavy
def test_every_page_has_one_main_heading_and_a_title(playing: Stage, browser: Browser) -> None:
    """One h1, a title that says where one is, a language, and a way past the menu."""
    with opened(browser, playing.address) as page:
        log_in(page, "Ingrid Haugen")
        for name, shot in SHOTS.items():
            if shot.user in {"Ingrid Haugen", None}:
                page.goto(shot.path)
                assert page.locator("h1").count() == (0 if page.url.endswith("/authorize") else 1), name
                assert page.title().endswith("– Fordeling"), name
                assert page.locator("html").get_attribute("lang") == "nb"
                assert page.locator(".ds-skip-link").get_attribute("href") == "#innhold"
