"""The pictures in the documentation, from a fresh demonstration: ``make pictures`` (``docs/pictures/``)."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from ops.testing.stacks import running_stack
from tests.browser.browsing import chromium, log_in, opened
from tests.browser.imdi import Imdi

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
LIST = "FL-2026-000120"
LISTS = "/kommune/k-4601/bosetting/fordelinger"


def answering(page: Page) -> None:
    """Show the answering page with one person unmarked and the details of another open."""
    page.goto(LISTS)
    while not page.get_by_text(LIST).is_visible():
        page.reload()
    page.get_by_role("link", name=re.compile(LIST)).click()
    page.locator("input.mark").first.uncheck()
    page.locator("select").first.select_option("no_suitable_housing")
    page.get_by_text("Vis detaljer").nth(1).click()
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate("scrollTo(0, 0)")


def main() -> None:
    """Start a stack of its own with demo data, take the pictures, stop it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder) / "stack") as stack,
        chromium() as browser,
        opened(browser, stack.url, size=(1280, 1640)) as page,
    ):
        Imdi(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], seed=8).publish("4601", persons=5, list_id=LIST)
        log_in(page, "Anne Vik")
        answering(page)
        page.screenshot(path=FOLDER / "answering.png")


if __name__ == "__main__":
    main()
