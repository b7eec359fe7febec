"""Asking IMDi before answering, in a browser: the question, its reply, and the likeliest mistakes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.codes import DeclineReason
from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import ApproveList
from tests.browser.browsing import log_in, opened
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import BOTH, READER, NewList, at_list, confirm_split, heading, page_of, shown_soon, unmark

STAIRS, LIFT = "Holder det med heis?\nEller må boligen være uten trapper?", "Heis holder. 🙂"


def write(page: Page, about: str, text: str) -> None:
    page.get_by_label("Hva gjelder spørsmålet?").select_option(about)
    page.get_by_label("Spørsmål", exact=True).fill(text)


@BOTH
def test_a_question_is_asked_and_replied_to_while_the_clock_runs(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """What is filled in of the answer stays; the reply has a notice; the list is answered; all of it can be read."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        page.get_by_role("link", name="Spør IMDi før dere svarer").click()
        unmark(page, 2, DeclineReason.NO_SUITABLE_HOUSING)
        page.locator("#beskjed").fill("Vi tar gjerne en til.")
        write(page, "3", STAIRS)
        page.get_by_role("button", name="Send spørsmålet").click()

        expect(page.get_by_role("status").filter(has_text="Spørsmålet er sendt til IMDi.")).to_contain_text(
            "Det du har fylt ut på listen, er ikke lagret ennå."
        )
        expect(page.get_by_label("Person 2", exact=True)).not_to_be_checked()
        expect(page.locator("#grunn-2")).to_have_value("no_suitable_housing")
        expect(page.locator("#beskjed")).to_have_value("Vi tar gjerne en til.")
        expect(page.get_by_label("Spørsmål", exact=True)).to_have_value("")
        thread = page.get_by_role("region", name="Om person 3")
        expect(thread).to_contain_text("Venter på svar fra IMDi")
        expect(thread).to_contain_text("Eller må boligen være uten trapper?")
        expect(page.get_by_role("region", name="Spørsmål til IMDi")).to_contain_text("5 dager igjen")
        page.get_by_role("button", name="Lagre", exact=True).click()
        expect(page.get_by_text("Ingenting er sendt.")).to_be_visible()

        playing.owner.say(one, 3, LIFT, world.IMDI)
        page.goto(f"/kommune/{OSLO}/arbeidsflate")
        shown_soon(page, page.get_by_text("Ny melding fra IMDi om en fordelingsliste").first)
        page.goto(page_of(one))
        shown_soon(page, page.get_by_text(LIFT).first)
        page.get_by_role("link", name="Les hva IMDi har skrevet om person 3").click()
        expect(thread).to_contain_text("IMDi")
        expect(thread).not_to_contain_text("Venter på svar")

        confirm_split(page)
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").click()
        heading(page, "Svaret er sendt til IMDi")
        page.goto(page_of(one))
        expect(page.get_by_role("region", name="Om person 3")).to_contain_text(LIFT)
        expect(page.get_by_label("Spørsmål", exact=True)).to_have_count(0)
    asked = [body for _, body in playing.owner.asked(one.state.list_id) if isinstance(body, AskQuestion)]
    assert [(body.running_number, body.text) for body in asked] == [(3, STAIRS)]


@pytest.mark.heavy
@BOTH
def test_an_empty_question_and_one_that_was_not_sent_are_asked_about(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """The summary leads to the field; approving with a question in it sends nothing, and nothing is lost."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        page.locator("#beskjed").fill("Hei")
        page.get_by_role("button", name="Send spørsmålet").click()
        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("skriv hva dere lurer på")
        summary.get_by_role("link").click()
        expect(page.get_by_label("Spørsmål", exact=True)).to_be_focused()
        expect(page.locator("#beskjed")).to_have_value("Hei")

        write(page, "", "Kan alle komme i uke 3?")
        page.get_by_role("button", name="Godkjenn liste").click()
        expect(summary).to_contain_text("dere har skrevet et spørsmål som ikke er sendt")
        expect(page.get_by_label("Spørsmål", exact=True)).to_have_value("Kan alle komme i uke 3?")
        assert playing.owner.asked(one.state.list_id) == []

        page.get_by_role("button", name="Send spørsmålet").click()
        expect(page.get_by_role("region", name="Om hele listen")).to_contain_text("Kan alle komme i uke 3?")
        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Sjekk svaret før du sender det")
        expect(page.locator(".summary")).to_contain_text("Hei")
        write(page, "1", "Et spørsmål til?")
        page.get_by_role("button", name="Send spørsmålet").click()
        expect(page.get_by_role("region", name="Om person 1")).to_contain_text("Et spørsmål til?")
        heading(page, "Sjekk svaret før du sender det")
    sent = [body for _, body in playing.owner.asked(one.state.list_id)]
    assert [type(body) for body in sent] == [AskQuestion, ApproveList, AskQuestion]


def test_who_only_reads_sees_what_was_asked(playing: Stage, browser: Browser) -> None:
    """The threads of the list, and no field."""
    with opened(browser, playing.address) as page:
        log_in(page, READER)
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger/{world.STARTED}")
        expect(page.get_by_role("region", name="Om person 2")).to_contain_text("Heis holder.")
        expect(page.get_by_role("region", name="Om hele listen")).to_contain_text("Venter på svar")
        expect(page.get_by_label("Spørsmål", exact=True)).to_have_count(0)
