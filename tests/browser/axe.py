"""axe on a page: what it finds against WCAG, and what it leaves to somebody who looks.

Its code is given to the page through the debugger, which no content security policy concerns: the page stays as it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playwright.sync_api import Page

from ops.paths import ROOT

CODE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
"""WCAG 2.0, 2.1 and 2.2, levels A and AA, and what axe's authors advise beside it."""
BY_COLOUR = ["color-contrast", "link-in-text-block"]
BY_SIZE = ["target-size", "scrollable-region-focusable"]
"""Rules whose outcome depends on colours, or on sizes: asked again where those are others."""
RUN = """
async (only) => {
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations", "incomplete"] });
  const brief = (results) =>
    results.flatMap((one) =>
      one.nodes.map((node) => ({
        rule: one.id,
        at: node.target.flat().join(" "),
        why: node.any.concat(node.all, node.none).map((check) => check.message).join("; "),
      })),
    );
  return { violations: brief(found.violations), incomplete: brief(found.incomplete) };
}
"""


@dataclass
class Findings:
    """What was found on how many pages. ``open``: left to be looked at, by rule and reason."""

    pages: int = 0
    violations: list[str] = field(default_factory=list)
    open: Counter[str] = field(default_factory=Counter)

    def look(self, page: Page, name: str, *, rules: list[str] | None = None) -> None:
        """Run axe on a page as it is now: all of WCAG's rules, or those that are named."""
        if not page.evaluate("typeof axe !== 'undefined'"):
            page.evaluate(_code())
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        found: dict[str, list[dict[str, Any]]] = page.evaluate(RUN, only)
        self.pages += 1
        self.violations += [f"{name}: {one['rule']} at {one['at']}: {one['why']}" for one in found["violations"]]
        self.open.update(f"{one['rule']}: {one['why']}" for one in found["incomplete"])

    def summary(self) -> str:
        """Say in lines what was looked at and what axe leaves to somebody who looks."""
        lines = [f"axe: {self.pages} pages and states, {len(self.violations)} violations"]
        return "\n".join(lines + [f"  to be looked at, {number} places: {what}" for what, number in self.open.items()])


@cache
def _code() -> str:
    # In a block of its own its last value is nothing that would have to be handed over.
    return f"{CODE.read_text()};0"
