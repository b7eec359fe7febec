"""Around the lists: the ledger of places, reports, who has looked, and the same on a phone."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from ops.testing.stacks import fordeling
from tests.browser.browsing import log_in, opened
from tests.browser.imdi import now
from tests.browser.tour.taking import HOME, LIST, LISTS, WIDTH, Picture, Taking, Tour, until, window

REPORTS = f"{HOME}/bosetting/innmeldinger"
LOOKED_AT = f"FL-{now().year}-000014"
"""A list of the demonstration that is answered, and that the tour has not opened before."""


def overview(tour: Tour) -> Picture:
    """Show the municipality's figures on one page."""
    page = tour.go(HOME)
    return window(page, 1000)


def ledger(tour: Tour) -> Picture:
    """Show the ledger of places, line by line."""
    page = tour.go(f"{HOME}/plassregnskap")
    until(page, lambda: page.locator("tbody tr", has_text=LIST).filter(has_text="Bosatt").count() > 0)
    return window(page, 1000)


def weekly_places(tour: Tour) -> Picture:
    """Show how many the municipality can receive, week by week."""
    return window(tour.go(f"{REPORTS}/antall-plasser"), 1000)


def homes(tour: Tour) -> Picture:
    """Show homes that the municipality has ready."""
    return window(tour.go(f"{REPORTS}/boliger"), 860)


def statistics(tour: Tour) -> Picture:
    """Show how many were declined, and why."""
    return window(tour.go(f"{HOME}/bosetting/statistikk"), 1000)


def who_has_looked(tour: Tour) -> Picture:
    """Show what a citizen is given who asks who has looked at them: three looks, and one who was turned away."""
    page = tour.go(f"{LISTS}/{LOOKED_AT}")
    page = tour.go(f"{LISTS}/{LOOKED_AT}/personer/1")
    page.get_by_label("Finne eller tilpasse bolig").check()
    page.get_by_role("button", name="Vis helseopplysningene").click()
    page.wait_for_load_state()
    with opened(tour.browser, tour.stack.url) as elsewhere:
        log_in(elsewhere, "Ingrid Haugen")
        elsewhere.goto(f"{LISTS}/{LOOKED_AT}/personer/1")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answer.html"
        where = ("--data-dir", str(tour.stack.data_dir), "--format", "html", "--out", str(out))
        asked = ("--person", f"{LOOKED_AT}/1", "--why", "asked for by letter, case 1234")
        done = fordeling("audit", "report", *asked, *where)
        assert done.returncode == 0, done.stderr
        with opened(tour.browser, tour.stack.url, size=(WIDTH, 420)) as report:
            report.goto(out.as_uri())
            return window(report, 420)


def phone(tour: Tour) -> Picture:
    """Show the work surface on a phone, in nynorsk and dark."""
    with tour.phone("nn") as page:
        page.goto(f"{HOME}/arbeidsflate")
        return window(page, 844)


def phone_list(tour: Tour) -> Picture:
    """Show an answered list on a phone."""
    with tour.phone("nn") as page:
        page.goto(f"{LISTS}/{LIST}")
        return window(page, 844)


PICTURES: Mapping[str, Taking] = {
    "overview": overview,
    "ledger": ledger,
    "weekly-places": weekly_places,
    "homes": homes,
    "statistics": statistics,
    "who-has-looked": who_has_looked,
    "phone": phone,
    "phone-list": phone_list,
}
