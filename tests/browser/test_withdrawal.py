"""IMDi takes a list or persons back while the municipality works on it, as the municipality sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from contracts.codes import DeclineReason
from contracts.distribution.v1 import ApproveList, SendAnswer
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import BOTH, NewList, at_list, confirm_split, heading, page_of, shown_soon, unmark


@BOTH
def test_nothing_typed_is_lost_when_a_person_is_withdrawn_meanwhile(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """Approving from a page opened before says who is gone; what was typed stays, and goes out with one more click."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        unmark(page, 2, DeclineReason.NO_SUITABLE_HOUSING)
        unmark(page, 3, DeclineReason.OTHER)
        page.locator("#tekst-3").fill("Familien bor i Larvik.")
        confirm_split(page)
        page.locator("#beskjed").fill("Vi tar gjerne en til.")
        playing.owner.withdraw(one, 3)
        page.get_by_role("button", name="Godkjenn liste").click()

        heading(page, "IMDi har trukket personer fra listen")
        expect(page.locator(".ds-alert").first).to_contain_text(
            re.compile(r"Person 3 ble trukket \d\d\.\d\d\.\d{4} kl\.")
        )
        expect(page.locator("#beskjed")).to_have_value("Vi tar gjerne en til.")
        expect(page.locator("#grunn-2")).to_have_value("no_suitable_housing")
        expect(page.get_by_label("Person 2", exact=True)).not_to_be_checked()
        expect(page.get_by_label("Person 3", exact=True)).to_have_count(0)
        gone = page.locator("tr.withdrawn")
        expect(gone).to_contain_text("IMDi har fått nye opplysninger")
        expect(page.get_by_text("Dette hadde du fylt ut:")).to_contain_text("Familien bor i Larvik.")

        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Sjekk svaret før du sender det")
        expect(page.locator(".summary")).not_to_contain_text("Person 3")
        page.get_by_role("button", name="Send svar").click()
        heading(page, "Svaret er sendt til IMDi")
    sent = [body for _, body in playing.owner.asked(one.state.list_id)]
    assert [type(body) for body in sent] == [ApproveList, ApproveList, SendAnswer]
    assert [decision.running_number for decision in sent[1].decisions] == [1, 2, 4]


@pytest.mark.heavy
def test_an_answer_approved_before_the_withdrawal_is_not_sent(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """Send svar from the page of before is refused; the decisions stand in the form, to be approved again."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        unmark(page, 2, DeclineReason.CAPACITY_REACHED)
        confirm_split(page)
        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Sjekk svaret før du sender det")
        playing.owner.withdraw(one, 1)
        page.get_by_role("button", name="Send svar").click()
        heading(page, "IMDi har trukket personer fra listen")
        expect(page.locator("#grunn-2")).to_have_value("capacity_reached")
        expect(page.locator(".running")).to_contain_text("2 bosettes, 1 bosettes ikke")
        expect(page.get_by_role("button", name="Send svar")).to_have_count(0)
    assert one.state.answered is None


def test_a_list_withdrawn_under_ones_hands_keeps_what_was_typed(
    playing: Stage, browser: Browser, new_list: NewList
) -> None:
    """It can be read and copied, nothing can be answered, and the page says when and why."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        page.locator("#beskjed").fill("Kan de komme i uke 3?")
        playing.owner.withdraw(one)
        page.get_by_role("button", name="Godkjenn liste").click()
        expect(page.get_by_role("heading", name="IMDi har trukket listen").first).to_be_visible()
        page.get_by_text("Dette hadde du fylt ut").click()
        expect(page.get_by_text("Kan de komme i uke 3?")).to_be_visible()
        expect(page.get_by_text("Kommunen hadde ikke sendt svar")).to_be_visible()
        assert [one.inner_html() for one in page.locator("input.mark, main form button").all()] == []


@pytest.mark.heavy
def test_an_answered_list_is_withdrawn(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Notice, the list's story, closed letters, and the list under Trukket; it awaits no answer any more."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").click()
        heading(page, "Svaret er sendt til IMDi")
        letter = page_of(one)
        page.goto(letter)
        shown_soon(page, page.get_by_text("Brev til person 1").first)
        address = page.get_by_role("link", name="Brev til person 1").get_attribute("href") or ""
        assert page.request.get(playing.address + address).status == 200

        playing.owner.withdraw(one)
        page.goto(f"/kommune/{OSLO}/arbeidsflate")
        shown_soon(page, page.get_by_text("IMDi har trukket en fordelingsliste").first)
        page.locator(".notices > li", has_text=one.state.list_id).first.get_by_role("link").click()
        heading(page, "IMDi har trukket listen")
        expect(page.locator(".ds-alert.withdrawn")).to_contain_text("Svaret ble sendt av Ingrid Haugen")
        expect(page.get_by_role("region", name="Hva som har skjedd")).to_contain_text("IMDi trakk listen")
        expect(page.get_by_role("link", name="Brev til person 1")).to_have_count(0)
        expect(page.get_by_text("Lukket: personen er trukket").first).to_be_visible()
        assert page.request.get(playing.address + address).status == 404
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger?status=withdrawn")
        expect(page.get_by_role("row", name=re.compile(one.state.list_id))).to_contain_text("Trukket")
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger?status=open")
        expect(page.get_by_text(one.state.list_id)).to_have_count(0)
