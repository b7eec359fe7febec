"""Open pages hear what is new: said politely, shown where nobody is disturbed; hidden ones hear nothing until seen."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.codes import DeclineReason
from tests.browser.browsing import log_in, opened
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import WRITER, NewList, page_of, unmark
from tests.browser.test_shared_draft import save, two

SURFACE = f"/kommune/{OSLO}/arbeidsflate"
SOON = 20_000
"""Milliseconds that something may take to come."""
LISTS = f"/kommune/{OSLO}/bosetting/fordelinger"
SEE = """
(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


def listening(page: Page, state: str = "open") -> None:
    """Wait until the page's stream is so."""
    expect(page.locator(f"#nytt[data-stream={state}]")).to_be_attached(timeout=SOON)


@pytest.mark.heavy
def test_a_new_list_appears_on_open_pages_and_typed_text_stays(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """On the work surface and on Fordelinger, without a reload; the search that is being typed is left alone."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(f"{SURFACE}?varsler=alle")  # others' tests have had lists sent too
        lists = page.context.new_page()
        lists.goto(LISTS)
        listening(page)
        listening(lists)
        page.evaluate("window.loadedOnce = true")
        lists.locator("#sok").fill("FL-2026")
        one = new_list()
        expect(page.locator("#nytt [aria-live=polite]")).to_contain_text(
            f"Ny fordelingsliste fra IMDi: {one.state.list_id}.", timeout=SOON
        )
        expect(page.locator("[data-live=venter]").get_by_text(one.state.list_id)).to_be_visible(timeout=SOON)
        expect(page.locator("[data-live=varsler]").get_by_text(one.state.list_id).first).to_be_visible(timeout=SOON)
        assert page.evaluate("window.loadedOnce")
        expect(lists.locator("[data-live=fordelinger]").get_by_text(one.state.list_id)).to_be_visible(timeout=SOON)
        expect(lists.locator("#sok")).to_have_value("FL-2026")
        expect(lists.locator("#sok")).to_be_focused()
        page.get_by_role("button", name="Lukk meldingen").click()
        expect(page.locator("#nytt")).not_to_have_class("news shown")


def test_a_colleagues_work_is_announced_where_one_answers_and_what_was_typed_stays(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """Who, and a way to what they did; not to whoever did it; saved afterwards it is put together as ever."""
    one = new_list()
    with two(playing, browser, one) as (mine, theirs):
        listening(mine)
        mine.locator("#beskjed").fill("Min beskjed")
        mine.locator("#beskjed").focus()
        unmark(theirs, 2, DeclineReason.SECURITY)
        save(theirs)
        expect(theirs.get_by_text("Lagret.")).to_be_visible()
        told = mine.locator("#nytt")
        expect(told).to_contain_text(f"Thomas Lie har lagret endringer på {one.state.list_id}.", timeout=SOON)
        expect(told).to_contain_text("Når du lagrer, settes det sammen", timeout=SOON)
        expect(mine.locator("#beskjed")).to_have_value("Min beskjed")
        expect(mine.locator("#beskjed")).to_be_focused()
        told.get_by_role("link", name="Se hvem som har gjort hva").click()
        expect(mine.locator(".who-did-what li").first).to_contain_text("Person 2: bosettes ikke")
        expect(theirs.locator("#nytt p").first).not_to_contain_text("Thomas Lie")
        save(mine)
        expect(mine.get_by_text("Kolleger lagret samtidig med deg")).to_be_visible()
        expect(mine.locator("#beskjed")).to_have_value("Min beskjed")


@pytest.mark.heavy
def test_imdis_reply_and_withdrawal_come_where_one_answers(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """The reply is there to read below; the withdrawn list opens apart, so that nothing typed is lost."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(page_of(one))
        listening(page)
        page.locator("#beskjed").fill("Min beskjed")
        playing.owner.say(one, 1, "Heis holder.", world.IMDI)
        told = page.locator("#nytt")
        expect(told).to_contain_text(f"IMDi har skrevet om {one.state.list_id}.", timeout=SOON)
        told.get_by_role("link", name="Se spørsmål og svar").click()
        expect(page.locator("[data-live=meldinger]")).to_contain_text("Heis holder.")
        playing.owner.withdraw(one)
        expect(told).to_contain_text(f"IMDi har trukket listen {one.state.list_id}.", timeout=SOON)
        expect(told).to_contain_text("Det du har skrevet, står på siden.", timeout=SOON)
        expect(page.locator("#beskjed")).to_have_value("Min beskjed")
        with page.expect_popup() as apart:
            told.get_by_role("link", name="Åpne listen slik den er nå").click()
        expect(apart.value.get_by_role("heading", name="IMDi har trukket listen")).to_be_visible()


@pytest.mark.heavy
def test_a_hidden_page_hears_nothing_and_catches_up_when_seen(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """Its stream is closed while nobody sees it; then it is told all that came meanwhile."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(SURFACE)
        listening(page)
        page.evaluate(SEE, "hidden")
        listening(page, "closed")
        one = new_list()
        with opened(browser, playing.address) as other:
            log_in(other, WRITER)
            other.goto(SURFACE)
            expect(other.locator("[data-live=venter]").get_by_text(one.state.list_id)).to_be_visible(timeout=SOON)
        expect(page.locator("[data-live=venter]").get_by_text(one.state.list_id)).to_have_count(0)
        page.evaluate(SEE, "visible")
        expect(page.locator("#nytt [aria-live=polite]")).to_contain_text(one.state.list_id, timeout=SOON)
        expect(page.locator("[data-live=venter]").get_by_text(one.state.list_id)).to_be_visible(timeout=SOON)


def test_without_scripts_a_reload_shows_it(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Nothing is said, nothing is missing."""
    with opened(browser, playing.address, scripts=False) as page:
        log_in(page, WRITER)
        page.goto(SURFACE)
        one = new_list()
        found = page.locator("[data-live=venter]").get_by_text(one.state.list_id)
        for _ in range(50):
            page.reload()
            if found.count():
                break
            page.wait_for_timeout(100)
        expect(found).to_be_visible()
        expect(page.get_by_role("button", name="Lukk meldingen")).to_be_hidden()


@pytest.mark.heavy
def test_a_session_that_ends_is_told_and_what_was_typed_stays(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """With a way to log in beside the page."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(page_of(one))
        listening(page)
        page.locator("#beskjed").fill("Min beskjed")
        with psycopg.connect(playing.database_url) as connection:
            connection.execute("DELETE FROM gateway.session")
        expect(page.locator("#nytt")).to_contain_text("Økten din er avsluttet.", timeout=30_000)
        expect(page.get_by_role("link", name="Logg inn i en ny fane")).to_be_visible()
        expect(page.locator("#beskjed")).to_have_value("Min beskjed")
