"""What the answering page weighs over the wire, as the browser counts it: headers included, times not asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.browser.browsing import log_in, opened
from tests.browser.stage.play import Stage
from tests.browser.stage.world import LARGE, OSLO
from tests.browser.test_answering import WRITER

COLD, WARM = 120_000, 25_000
"""Bytes that the page with sixty persons may weigh, fonts apart: with nothing kept, and with the files kept."""
PATH = f"/kommune/{OSLO}/bosetting/fordelinger/{LARGE}"

PAINTED = """
() => new Promise((resolve) =>
  new PerformanceObserver((seen) => {
    if (seen.getEntriesByName("first-contentful-paint").length) resolve(true);
  }).observe({ type: "paint", buffered: true }))
"""


@dataclass
class Wire:
    """Bytes that came over the wire, by address; what a browser had already comes from nowhere."""

    page: Page
    addresses: dict[str, str] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    bytes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.on("Network.requestWillBeSent", self._asked)
        self.session.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))
        self.session.on("Network.loadingFinished", self._came)
        self.session.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        address = self.addresses.get(event["requestId"], "")
        if event["requestId"] not in self.kept:
            self.bytes[address] = self.bytes.get(address, 0) + int(event["encodedDataLength"])

    def load(self, address: str) -> dict[str, int]:
        """Load a page whole and give what came, by address; fonts apart, and the stream that goes on."""
        self.bytes.clear()
        self.page.goto(address)
        self.page.evaluate("document.fonts.ready.then(() => true)")
        self.page.wait_for_load_state("load")
        return {name: size for name, size in self.bytes.items() if size and not name.endswith(".woff2")}

    def cold(self) -> None:
        """Forget all files."""
        self.session.send("Network.clearBrowserCache")


def table(found: dict[str, int]) -> str:
    """Say what each file weighs."""
    lines = [f"{size:>8,}  {name.rpartition('/')[2]}" for name, size in sorted(found.items(), key=lambda one: -one[1])]
    return "\n".join([f"{sum(found.values()):>8,}  in all", *lines])


def test_the_answering_page_with_sixty_persons_is_light(playing: Stage, browser: Browser) -> None:
    """Under 120 kB with nothing kept, under 25 kB with the files kept, fonts apart; no file is asked for again."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        wire = Wire(page)
        wire.cold()
        cold = wire.load(f"{playing.address}{PATH}")
        assert page.locator("input.mark").count() == 60
        warm = wire.load(f"{playing.address}{PATH}")
        print(f"cold:\n{table(cold)}\nwarm:\n{table(warm)}")  # noqa: T201  shown with -s, and where it fails
        assert sum(cold.values()) < COLD
        assert sum(warm.values()) < WARM
        assert len(cold) > 5
        assert [name for name in warm if "/static/" in name] == []


def test_nothing_is_waited_for_before_the_first_paint_but_styles(playing: Stage, browser: Browser) -> None:
    """Scripts come after the page is read, so the page is painted while they are still on their way."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/*.js", hold)
        page.goto(f"{playing.address}{PATH}", wait_until="commit")
        page.evaluate(PAINTED)
        assert held
        assert page.evaluate("document.readyState") != "complete"
        for route in held:
            route.continue_()
        page.wait_for_load_state("load")
