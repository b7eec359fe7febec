"""Households in a browser: answered as a whole with one control, or split with a confirmation and its reason."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.codes import DeclineReason, SplitReason
from contracts.distribution.households import Split
from contracts.distribution.v1 import ApproveList
from tests.browser.browsing import log_in, opened
from tests.browser.stage.play import Stage
from tests.browser.test_answering import WRITER, NewList, heading, open_list, unmark

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])


def approve(page: Page) -> None:
    page.get_by_role("button", name="Godkjenn liste").click()


@BOTH
def test_a_household_is_declined_as_a_whole(playing: Stage, browser: Browser, new_list: NewList, scripts: bool) -> None:
    """One control unmarks all of it and one reason answers for all; nothing else is asked; and it marks all again."""
    one = new_list()
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        open_list(page, one)
        page.locator("#beskjed").fill("Husk meg")
        expect(page.get_by_role("button", name="hele husstanden 2")).to_have_count(0)
        page.get_by_role("button", name="Fjern markeringen for hele husstanden 1").click()
        expect(page.locator("input.mark:checked")).to_have_count(1)
        page.get_by_role("button", name="Marker hele husstanden 1").click()
        expect(page.locator("input.mark:checked")).to_have_count(4)
        expect(page.locator("#husgrunn-1")).to_be_hidden()
        page.get_by_role("button", name="Fjern markeringen for hele husstanden 1").click()
        expect(page.locator("#deling-1")).to_be_hidden()
        expect(page.locator("#beskjed")).to_have_value("Husk meg")
        page.locator("#husgrunn-1").select_option("no_school_or_childcare")
        if scripts:
            expect(page.locator("#grunn-3")).to_have_value("no_school_or_childcare")
        approve(page)
        heading(page, "Sjekk svaret før du sender det")
    [(_, body)] = playing.owner.asked(one.state.list_id)
    assert isinstance(body, ApproveList)
    assert [decision.reason for decision in body.decisions] == [DeclineReason.NO_SCHOOL_OR_CHILDCARE] * 3 + [None]
    assert (body.splits, body.message) == ([], "Husk meg")


@BOTH
def test_a_household_split_by_mistake_is_asked_about(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """The summary leads to the household, what was typed stays; confirmed with a reason it goes on, and is shown."""
    one = new_list()
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        open_list(page, one)
        expect(page.locator("#deling-1")).to_be_hidden()
        unmark(page, 2, DeclineReason.NO_HEALTH_SERVICES)
        expect(page.locator("#deling-1")).to_be_visible()
        page.locator("#tekst-2").fill("Dialyse")
        approve(page)

        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("Husstand 1: bekreft at dere mener å dele husstanden")
        expect(summary).to_contain_text("Husstand 1: velg hvorfor dere deler husstanden")
        summary.get_by_role("link").first.click()
        expect(page.locator("#deling-1")).to_be_focused()
        expect(page.locator("#tekst-2")).to_have_value("Dialyse")
        page.locator("#deling-1").check()
        page.locator("#delgrunn-1").select_option("other")
        page.locator("#deltekst-1").fill("Avtalt med familien og IMDi.")
        approve(page)

        heading(page, "Sjekk svaret før du sender det")
        expect(page.locator(".summary")).to_contain_text("Husstand 1: annet: Avtalt med familien og IMDi.")
        page.get_by_role("button", name="Send svar").click()
        page.get_by_role("link", name="Se listen og brevene").click()
        expect(page.locator("#husstand-1")).to_contain_text("Husstanden deles: annet: Avtalt med familien og IMDi.")
    approved = playing.owner.asked(one.state.list_id)[0][1]
    assert approved.splits == [Split(household=1, reason=SplitReason.OTHER, reason_text="Avtalt med familien og IMDi.")]


def test_places_count_along_with_a_household(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """All of a household's places, of the kinds its members take, at once."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        open_list(page, one)
        ordinary = page.locator(".ledger[data-kind=ordinary] .after")
        before = int(ordinary.inner_text())
        page.get_by_role("button", name="Fjern markeringen for hele husstanden 1").click()
        expect(ordinary).to_have_text(str(before + 3))
        expect(page.locator(".running")).to_contain_text("1 bosettes, 3 bosettes ikke")
        unmark(page, 4)
        expect(page.locator(".running")).to_contain_text("0 bosettes, 4 bosettes ikke")
