"""A page that is used by keys alone; each stop of the focus must be seen, in the page's order, and not covered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page

MOST_STOPS = 400
"""Of one page; more is a trap."""
STOP = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body || here === document.documentElement) return null;
  const before = window.stoppedAt;
  window.stoppedAt = here;
  // A checkbox's ring is drawn around it and its label; the way past the menu is itself what appears.
  const rings = [here, here.closest(".ds-field:has(input:focus-visible)")].filter(Boolean).map((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  // The parts of a date are stops within one element, the last of them drawn by the browser.
  const within = before === here && here.type === "date";
  const ring = rings.includes(true) || within || (here.matches(".ds-skip-link") && here.offsetHeight > 20);
  const box = here.getBoundingClientRect();
  const inside = (x, y) => {
    const hit = document.elementFromPoint(x, y);
    return Boolean(hit) && (here.contains(hit) || hit.contains(here));
  };
  const middle = (box.left + box.right) / 2;
  const spots = [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2];
  const follows = Node.DOCUMENT_POSITION_FOLLOWING;
  return {
    what: here.id || here.textContent.trim().replace(/\\s+/g, " ").slice(0, 60) || here.tagName,
    ring,
    uncovered: spots.some((y) => inside(middle, y) || inside(box.left + 3, y)),
    onwards: within || !before || !before.isConnected || Boolean(before.compareDocumentPosition(here) & follows),
  };
}
"""


@dataclass
class Keys:
    """Moves the focus. ``wrong``: what was not seen, covered, or out of order, with where."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    stops: int = 0

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab(self, *, back: bool = False) -> str | None:
        """Go on to the next stop, and tell what it is; None: out of the page."""
        self.press("Shift+Tab" if back else "Tab")
        stop: dict[str, Any] | None = self.page.evaluate(STOP)
        if stop is None:
            return None
        self.stops += 1
        faults = [name for name in ("ring", "uncovered") if not stop[name]]
        if not back and not stop["onwards"]:
            faults.append("onwards")
        self.wrong += [f"{self.page.url}: {stop['what']}: {fault}" for fault in faults]
        return str(stop["what"])

    def to(self, target: Locator, *, back: bool = False) -> None:
        """Go on until the target has the focus."""
        for _ in range(MOST_STOPS):
            if target.evaluate("(one) => one === document.activeElement"):
                return
            self.tab(back=back)
        raise AssertionError(f"{self.page.url}: the focus does not come to {target}")

    def through(self) -> int:
        """Go through the page to its end, and tell how many stops there were; a trap has no end."""
        for stops in range(MOST_STOPS):
            if self.tab() is None:
                return stops
        raise AssertionError(f"{self.page.url}: the focus does not come out")

    def enter(self, target: Locator) -> None:
        """Go to a link or button, and use it."""
        self.to(target)
        with self.page.expect_navigation():
            self.press("Enter")
