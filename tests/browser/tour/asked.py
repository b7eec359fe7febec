"""From IMDi's request to the list on the work surface: domain §3, steps 1 to 3."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.browser.imdi import now
from tests.browser.tour.taking import HOME, LIST, LISTS, NUMBER, Picture, Taking, Tour, until, until_shown, window


def request(tour: Tour) -> Picture:
    """Show IMDi asks for next year's places; the caseworker fills in what the municipality has resolved."""
    year = now().year + 1
    tour.imdi().request(NUMBER, year, ordinary=820, minors=30)
    page = tour.go(f"{HOME}/arbeidsflate")
    until_shown(page, f"Anmodningen for {year} venter på vedtak")
    page.get_by_role("link", name=f"Registrer vedtak for {year}").click()
    page.locator("#ordinare").fill("800")
    page.locator("#em").fill("30")
    page.get_by_label("Vedtaksdato").fill(now().date().isoformat())
    page.get_by_label("Saksnummer").fill(f"{year - 1}/01234")
    return window(page, 1160)


def agreement(tour: Tour) -> Picture:
    """Show the resolution is registered beside the request."""
    page = tour.page
    page.get_by_role("button", name="Registrer vedtaket").click()
    until_shown(page, "Vedtaket for")
    # Of this year's letter: another's is read by now, where the machine is slow.
    year = page.locator("section", has=page.locator(f"#ar-{now().year + 1}"))
    until(page, year.locator(".ds-tag", has_text=re.compile(r"^\s*Sendt\b")).first.is_visible)
    return window(page, 840)


def work_surface(tour: Tour) -> Picture:
    """Show a list is published; it waits on the work surface, with its notice."""
    tour.publish_the_list()
    page = tour.go(f"{HOME}/arbeidsflate")
    told, mailed = page.locator(".notices .told > li"), re.compile("Sendt på e-post til 2")
    new = page.locator(".notices > li", has_text=LIST).locator(".told > li", has_text=mailed)
    until(page, lambda: new.count() == 1 and told.filter(has_text=mailed).count() == told.count())
    return window(page, 900)


def mail(tour: Tour) -> Picture:
    """Show the mail that the municipality's writers got: the number of the list, and nobody's name."""
    page = tour.page
    page.get_by_role("link", name="Se e-postene som er sendt").click()
    until_shown(page, LIST)
    page.get_by_role("link", name=re.compile(f"Ny fordelingsliste.*{LIST}")).first.click()
    page.frame_locator("iframe").get_by_role("heading").first.wait_for()
    return window(page, 760)


def lists(tour: Tour) -> Picture:
    """Show every list the municipality has got, with its status."""
    return window(tour.go(LISTS), 1200)


PICTURES: Mapping[str, Taking] = {
    "request": request,
    "agreement": agreement,
    "work-surface": work_surface,
    "mail": mail,
    "lists": lists,
}
