"""A browser with somebody logged in; used by the page tests and by whatever takes pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

HEADLESS, WHOLE = "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"
CHROMIUM = os.environ.get("CHROMIUM") or (HEADLESS if Path(HEADLESS).exists() else WHOLE)
"""The same engine without the rest of the browser, where there is one: a page takes a quarter of the processor time."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--font-render-hinting=none"]
"""The last: with letters as wide as the whole browser has them."""
DESKTOP, PHONE = (1280, 900), (390, 844)

Scheme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser,
    address: str,
    *,
    scripts: bool = True,
    size: tuple[int, int] = DESKTOP,
    scheme: Scheme = "light",
    language: str = "nb",
) -> Iterator[Page]:
    """Open a page of a fresh browser profile. Anything the content security policy blocks fails on leaving."""
    context = browser.new_context(
        base_url=address,
        java_script_enabled=scripts,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="nb-NO",
        timezone_id="Europe/Oslo",
        reduced_motion="reduce",
    )
    # Whatever the municipality's language: a test reads bokmål where it does not say otherwise.
    context.add_cookies([{"name": "sprak", "value": language, "url": address}])
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert not complaints, complaints


def log_in(page: Page, name: str) -> None:
    """Log in through the provider's page as the demo user of that name."""
    page.goto("/logg-inn")
    page.locator("button", has_text=name).click()
    page.wait_for_url(lambda url: "/logg-inn" not in url and "authorize" not in url)
