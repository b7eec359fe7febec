"""After the answer: letters, person folders, settlement; domain §3, steps 8 to 10."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page

from tests.browser.imdi import now
from tests.browser.tour.taking import (
    HOME,
    LIST,
    LISTS,
    Picture,
    Taking,
    Tour,
    let_pass,
    paper,
    until,
    until_shown,
    window,
)

MINUTES, DAYS = 90.0, 4 * 86_400.0
"""Until SvarUt has told the receiver, and until a letter nobody reads is on paper."""


def letter(tour: Tour, name: str) -> Picture:
    """Fetch a letter as the link does, and draw it."""
    address = tour.page.get_by_role("link", name=name, exact=True).get_attribute("href") or ""
    return paper(tour.page.request.get(tour.stack.url + address).body())


def placed(tour: Tour) -> Picture:
    """Show the answered list, to be read at any time: who was placed, the letters, and what has happened."""
    page = tour.go(f"{LISTS}/{LIST}")
    until_shown(page, "Brev til person 4")
    until(page, lambda: page.get_by_text(re.compile("Lages nå|oppdateres")).count() == 0)
    follow_letters(tour, page)
    return window(page, 1300)


def follow_letters(tour: Tour, page: Page) -> None:
    """Let SvarUt's time pass in steps, each seen by us: taken in; told to the receiver; read, or on paper."""
    letters = page.locator("ul.letters li").count()
    until(page, lambda: handed_over(page) == letters)
    let_pass(tour, MINUTES)
    until(page, lambda: page.locator("details.tracking li").count() == 2 * letters)
    let_pass(tour, DAYS)
    until(page, lambda: tags(page, r"^\s*(Lest|Sendt på papir)\b") == letters)


def handed_over(page: Page) -> int:
    """Count the letters that SvarUt has.

    A text alone would be found in "Ikke sendt ennå" too: one of those comes to SvarUt after its clock was moved on, and
    stands still there for as long as the clock does.
    """
    return tags(page, r"^\s*Sendt\b")


def tags(page: Page, pattern: str) -> int:
    """Count the letters whose status reads like this."""
    return page.locator("ul.letters .ds-tag", has_text=re.compile(pattern)).count()


def letter_statuses(tour: Tour) -> Picture:
    """Show the way of a letter to its receiver."""
    page = tour.page
    for summary in page.locator("details.tracking summary").all():
        summary.click()
    return window(page, 1120, ".aside")


def letter_to_municipality(tour: Tour) -> Picture:
    """Show IMDi's placement decision, as a PDF."""
    return letter(tour, "Vedtak om bosetting")


def letter_to_person(tour: Tour) -> Picture:
    """Show the letter to one of the persons, as a PDF."""
    return letter(tour, "Brev til person 1")


def person_folder(tour: Tour) -> Picture:
    """Show who it is, shown once the municipality has said yes; the look is recorded."""
    return window(tour.go(f"{LISTS}/{LIST}/personer/1"), 1000)


def settlement(tour: Tour) -> Picture:
    """Show a household has moved in: one date for all of it."""
    page = tour.go(f"{LISTS}/{LIST}/husstand/1")
    page.locator("#dato").fill(now().date().isoformat())
    return window(page, 1240)


def settled(tour: Tour) -> Picture:
    """Show all that were placed or have moved in, household by household."""
    page = tour.page
    page.get_by_role("button", name="Registrer bosettingen").click()
    until_shown(page, "Bosettingen er registrert.")
    page = tour.go(f"{HOME}/bosetting/personer")
    return window(page, 900)


PICTURES: Mapping[str, Taking] = {
    "placed": placed,
    "letter-statuses": letter_statuses,
    "letter-to-municipality": letter_to_municipality,
    "letter-to-person": letter_to_person,
    "person-folder": person_folder,
    "settlement": settlement,
    "settled": settled,
}
