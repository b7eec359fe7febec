"""The answer, from everybody marked to the receipt: domain §3, steps 4 to 8."""

from __future__ import annotations

import re
from collections.abc import Mapping

from contracts.imdi.v1 import ReplyInThread
from tests.browser.tour.taking import LIST, LISTS, NUMBER, Picture, Taking, Tour, until_shown, window

REPLY = "Ja. Personen klarer en lav terskel, men ikke trinn."


def everybody_marked(tour: Tour) -> Picture:
    """Show the list as it is opened the first time."""
    page = tour.page
    page.get_by_role("link", name=re.compile(LIST)).click()
    return window(page, 900)


def question(tour: Tour) -> Picture:
    """Show a question before the answer, and IMDi's reply."""
    page = tour.page
    page.locator("#gjelder").select_option(index=5)
    page.locator("#sporsmal").fill("Må boligen være helt uten terskler?")
    page.get_by_role("button", name="Send spørsmålet").click()
    until_shown(page, "Må boligen være helt uten terskler?")
    body = ReplyInThread(list_id=LIST, municipality_number=NUMBER, running_number=5, reply_id="tour-1", text=REPLY)
    tour.publish(body)
    tour.go(f"{LISTS}/{LIST}")
    until_shown(page, REPLY)
    return window(page, 640, "#sporsmal-og-svar")


def declining(tour: Tour) -> Picture:
    """Show one is not marked any more: a reason is asked for, and the places left follow."""
    page = tour.go(f"{LISTS}/{LIST}")
    page.get_by_label("Person 5", exact=True).uncheck()
    page.locator("#grunn-5").select_option("no_suitable_housing")
    page.locator("#tekst-5").fill("Ingen ledig bolig uten trapper før sommeren.")
    return window(page, 1160, "#personer")


def details(tour: Tour) -> Picture:
    """Show what is told of a person before acceptance: nothing that says who it is."""
    page = tour.page
    page.get_by_text("Vis detaljer").last.click()
    return window(page, 760, "#husstand-2")


def approved(tour: Tour) -> Picture:
    """Show what will be sent, to be checked; nothing has been sent yet."""
    page = tour.page
    page.get_by_role("textbox", name="Beskjed til IMDi").fill("Familien kan komme fra uke 3.")
    page.get_by_role("button", name="Godkjenn liste").click()
    page.get_by_role("button", name="Send svar").wait_for()
    return window(page, 1080)


def receipt(tour: Tour) -> Picture:
    """Show the answer has been sent: what happens now."""
    page = tour.page
    page.get_by_role("button", name="Send svar").click()
    page.wait_for_url("**/kvittering")
    until_shown(page, "Oppdatert")
    return window(page, 900)


PICTURES: Mapping[str, Taking] = {
    "everybody-marked": everybody_marked,
    "question": question,
    "answering": declining,
    "details": details,
    "approved": approved,
    "receipt": receipt,
}
