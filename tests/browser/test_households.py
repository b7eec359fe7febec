"""Households in a browser: answered as a whole with one control, or split with a confirmation and its reason."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.codes import DeclineReason, SplitReason
from contracts.distribution.households import Split
from contracts.distribution.v1 import ApproveList, SaveDecisions
from tests.browser.stage.play import Stage
from tests.browser.steps import BOTH, NewList, at_list, heading, unmark


def approve(page: Page) -> None:
    page.get_by_role("button", name="Godkjenn liste").click()


@BOTH
def test_a_household_is_declined_as_a_whole(playing: Stage, browser: Browser, new_list: NewList, scripts: bool) -> None:
    """One control unmarks all of it and one reason answers for all; nothing else is asked; and it marks all again."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
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


@pytest.mark.heavy
@BOTH
def test_what_one_reason_answers_is_folded_and_changes_with_it(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """Saved, each one's own lies folded; another reason for all is theirs too; one's own is opened, and stays open."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        page.get_by_role("button", name="Fjern markeringen for hele husstanden 1").click()
        expect(page.locator("#grunn-2")).to_be_visible()
        page.locator("#husgrunn-1").select_option("no_school_or_childcare")
        if scripts:
            expect(page.locator("#grunn-2")).to_be_hidden()
        for reason in ("no_school_or_childcare", "capacity_reached"):
            page.locator("#husgrunn-1").select_option(reason)
            page.get_by_role("button", name="Lagre", exact=True).click()
            expect(page.get_by_text("Lagret.")).to_be_visible()
            expect(page.locator("#husgrunn-1")).to_have_value(reason)
            expect(page.locator("#grunn-2")).to_be_hidden()
        page.get_by_text("Egen begrunnelse for person 2").click()
        page.locator("#grunn-2").select_option("security")
        page.get_by_role("button", name="Lagre", exact=True).click()
        expect(page.locator("#grunn-2")).to_have_value("security")
        for number in (1, 2, 3):
            expect(page.locator(f"#grunn-{number}")).to_be_visible()
    saved = [body for _, body in playing.owner.asked(one.state.list_id) if isinstance(body, SaveDecisions)]
    said = [[decision.reason for decision in body.decisions[:3]] for body in saved]
    full, childcare, security = DeclineReason.CAPACITY_REACHED, DeclineReason.NO_SCHOOL_OR_CHILDCARE, "security"
    assert said == [[childcare] * 3, [full] * 3, [full, security, full]]


@BOTH
def test_a_household_split_by_mistake_is_asked_about(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """The summary leads to the household, what was typed stays; confirmed with a reason it goes on, and is shown."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
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
    with at_list(playing, browser, one) as page:
        ordinary = page.locator(".ledger[data-kind=ordinary] .after")
        before = int(ordinary.inner_text())
        page.get_by_role("button", name="Fjern markeringen for hele husstanden 1").click()
        expect(ordinary).to_have_text(str(before + 3))
        expect(page.locator(".running")).to_contain_text("1 bosettes, 3 bosettes ikke")
        unmark(page, 4)
        expect(page.locator(".running")).to_contain_text("0 bosettes, 4 bosettes ikke")
