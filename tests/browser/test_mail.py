"""The e-mails of the embedded stack, from IMDi's topic to the inbox one opens from the work surface."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, expect

from contracts.codes import ContactRole, Role
from contracts.fields import Actor
from contracts.municipality.v1 import Contact, RegisterContacts
from contracts.topics import MUNICIPALITY_COMMANDS
from ops.demo.conversation import Command, Conversation
from ops.testing.stacks import RunningStack
from tests.browser.browsing import log_in, opened
from tests.browser.imdi import Imdi, now
from tests.browser.steps import until_so

SOGNDAL = "k-4640"
ADDRESS, NAME = "sigrid.fjaere@sogndal.example", "Sigrid Fjære"


def register_writer(stack: RunningStack) -> None:
    """Have the municipality name one settlement writer."""
    talk = Conversation(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], now())
    talk.hear(lambda: SOGNDAL in talk.states, "the register")
    body = RegisterContacts(
        municipality_id=SOGNDAL,
        contacts=[Contact(name=NAME, email=ADDRESS, roles=[ContactRole.SETTLEMENT_WRITER])],
        expected_version=talk.versions[SOGNDAL],
        actor=Actor(user_id="test", display_name="Test", role=Role.SYSTEM),
    )
    talk.ask([Command("00000000-0000-4000-8000-00003a114640", MUNICIPALITY_COMMANDS, SOGNDAL, SOGNDAL, body)])


def until(page: Page, text: str) -> None:
    """Load the page again until it shows a text; a test that waits too long is ended."""
    while not page.get_by_text(text).first.is_visible():
        page.reload()


def test_a_new_list_is_in_the_inbox_and_the_mail_leads_to_it(stack: RunningStack, browser: Browser) -> None:
    """The writer's mail is in nynorsk, names nobody, and its link opens the list for who has logged in."""
    register_writer(stack)
    # Before notification has its own copy of the contact, a list would be mailed to nobody.
    known = "SELECT count(*) = 1 FROM municipality_copy WHERE municipality_id = %s AND writers <> '{}'"
    until_so(stack.environment["NOTIFICATION_DATABASE_URL"], known, SOGNDAL)
    body = Imdi(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], seed=4).publish("4640", persons=3)
    with opened(browser, stack.url) as page:
        log_in(page, NAME)
        until(page, body.list_id)
        until(page, "Sendt på e-post til 1 kontakt")
        page.get_by_role("link", name="Se e-postene som er sendt").click()
        until(page, body.list_id)
        page.get_by_role("link", name=re.compile(f"Ny fordelingsliste frå IMDi: {body.list_id}")).click()
        expect(page.get_by_text(ADDRESS)).to_be_visible()
        shown = page.locator("pre").inner_text()
        assert "Talet på personar: 3" in shown
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Ny fordelingsliste frå IMDi")).to_be_visible()
        shown += frame.locator("body").inner_text() + page.content()
        names = [word for person in body.persons for word in (person.identity.given_name, person.identity.duf_number)]
        assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", shown)]
        with page.context.expect_page() as opening:
            frame.get_by_role("link", name="Opne lista og svar").click()
        expect(opening.value.get_by_role("heading", level=1)).to_contain_text(body.list_id)


def test_the_last_who_hears_is_told_why_and_what_is_chosen_stays(stack: RunningStack, browser: Browser) -> None:
    """The only writer must hear of new lists; a daily mail of what IMDi writes is kept over a reload."""
    register_writer(stack)
    imdi = Imdi(stack.environment["KAFKA_BOOTSTRAP_SERVERS"], seed=5)
    with opened(browser, stack.url) as page:
        log_in(page, NAME)
        page.get_by_role("link", name="Velg hva du vil ha på e-post").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Varsler på e-post")
        page.get_by_label(f"{NAME}, {ADDRESS}").check()
        page.get_by_label("Ny fordelingsliste fra IMDi").select_option("surface")
        page.get_by_label("Ny melding fra IMDi om en fordelingsliste").select_option("daily")
        page.get_by_role("button", name="Lagre valgene").click()
        summary = page.locator("#feil")
        expect(summary).to_contain_text("Noen i kommunen må få vite det")
        expect(summary).to_contain_text("Ingen andre i kommunen får e-post om nye lister.")
        summary.get_by_role("link", name=re.compile("^Ny fordelingsliste fra IMDi")).click()
        expect(page.locator("#list_received")).to_be_focused()
        page.locator("#list_received").select_option("at_once")
        page.get_by_role("button", name="Lagre valgene").click()
        expect(page.get_by_text("Valgene dine er lagret.")).to_be_visible()
        page.goto(page.url.partition("?")[0])
        expect(page.locator("#imdi_wrote")).to_have_value("daily")
        expect(page.locator("#list_received")).to_have_value("at_once")
        expect(page.get_by_label(f"{NAME}, {ADDRESS}")).to_be_checked()
        body = imdi.publish("4640", persons=2)
        imdi.write("4640", body.list_id, "Vi sender mer om boligen i morgen.")
        page.goto(f"/kommune/{SOGNDAL}/arbeidsflate")
        until(page, "Ny melding fra IMDi om en fordelingsliste")
        told = page.locator(".notices > li", has_text=body.list_id)
        until_mailed(page, told.locator("li", has_text="Ny fordelingsliste fra IMDi"))
        expect(told.locator("li", has_text="Ny melding fra IMDi")).not_to_contain_text("Sendt på e-post")


def until_mailed(page: Page, notice: Locator) -> None:
    """Load the page again until it says that a notice was mailed."""
    while not notice.get_by_text("Sendt på e-post til 1 kontakt").is_visible():
        page.reload()
