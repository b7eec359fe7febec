"""The whole flow by keys alone, from the login to the settlement; nothing here is clicked."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.distribution.threads_v1 import AskQuestion
from contracts.distribution.v1 import ApproveList, RegisterSettlements, SendAnswer
from tests.browser.browsing import log_in, opened
from tests.browser.keys import Keys
from tests.browser.stage.play import Stage
from tests.browser.stage.world import LARGE, OSLO, OneList
from tests.browser.test_answering import WRITER, NewList, heading, open_list


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_a_list_is_answered_and_settled_by_keys_alone(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Log in, notice, list, unmark, reason, details, question, approve, send, receipt, settle; each focus is seen."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        open_list(page, one)  # it has come
    with opened(browser, playing.address) as page:
        keys = Keys(page)
        log_in_by_keys(keys)
        keys.enter(page.locator(".notices a", has_text=one.state.list_id))
        decide_by_keys(keys)
        ask_by_keys(keys)
        keys.enter(page.get_by_role("button", name="Godkjenn liste"))
        heading(page, "Sjekk svaret før du sender det")
        keys.enter(page.get_by_role("button", name="Send svar"))
        heading(page, "Svaret er sendt til IMDi")
        settle_by_keys(keys, one)
        assert keys.wrong == []
        assert keys.stops > 60
    sent = [type(body) for _, body in playing.owner.asked(one.state.list_id)]
    assert sent == [AskQuestion, ApproveList, SendAnswer, RegisterSettlements]


def log_in_by_keys(keys: Keys) -> None:
    page = keys.page
    page.goto("/")
    assert keys.tab() == "Hopp til innholdet"
    keys.press("Enter")
    expect(page.locator("#innhold")).to_be_focused()
    keys.tab()
    assert page.evaluate("document.getElementById('innhold').contains(document.activeElement)")
    keys.enter(page.get_by_role("main").get_by_role("link", name="Logg inn"))
    provider = Keys(page)  # its page is not ours
    provider.enter(page.locator("button", has_text=WRITER))
    heading(page, "Arbeidsflate")


def decide_by_keys(keys: Keys) -> None:
    """Look at details, unmark one, be told what is missing, and give it."""
    page = keys.page
    keys.to(page.locator("details.more summary").first)
    keys.press("Enter")
    expect(page.get_by_text("Apotekmedarbeider")).to_be_visible()
    running = page.locator(".running[role=status] [data-kind=ordinary] .after")
    before = int(running.inner_text())
    keys.to(page.locator("#bosett-2"))
    keys.press("Space")
    expect(running).to_have_text(str(before + 1))
    keys.enter(page.get_by_role("button", name="Godkjenn liste"))
    summary = page.locator("ds-error-summary")
    expect(summary).to_be_focused()
    keys.enter(summary.get_by_role("link", name="Person 2: velg hvorfor"))
    expect(page.locator("#grunn-2")).to_be_focused()
    keys.press("ArrowDown")
    assert page.locator("#grunn-2").input_value()
    keys.to(page.locator("#deling-1"), back=True)
    keys.press("Space")
    expect(page.locator("#deling-1")).to_be_checked()
    page.evaluate("delete window.stoppedAt")
    keys.to(page.locator("#delgrunn-1"))
    keys.press("ArrowDown")


def ask_by_keys(keys: Keys) -> None:
    page = keys.page
    keys.to(page.locator("#sporsmal"))
    page.keyboard.type("Holder det med heis?")
    keys.enter(page.get_by_role("button", name="Send spørsmålet"))
    expect(page.locator("[data-live=meldinger]")).to_contain_text("Holder det med heis?")
    expect(page.locator("#bosett-2")).not_to_be_checked()


def settle_by_keys(keys: Keys, one: OneList) -> None:
    """Today; all of the household have moved in, unless one says otherwise."""
    page = keys.page
    keys.enter(page.get_by_role("main").get_by_role("link", name="Utsøkte og bosatte"))
    household = page.locator(f'main a[href$="{one.state.list_id}/husstand/1"]')
    while not household.count():
        keys.enter(page.get_by_role("main").get_by_role("link", name="Neste"))
    keys.enter(household)
    field = page.locator("#dato")
    today = date.fromisoformat(field.get_attribute("max") or "")
    keys.to(field)
    for order in ("%d%m%Y", "%m%d%Y"):  # the browser's own language decides
        keys.press("ArrowLeft", "ArrowLeft")
        page.keyboard.type(today.strftime(order))
        if field.input_value() == today.isoformat():
            break
    expect(field).to_have_value(today.isoformat())
    keys.to(page.locator("#flyttet-3"))
    expect(page.locator("#flyttet-1")).to_be_checked()
    keys.enter(page.get_by_role("button", name="Registrer bosettingen"))
    expect(page.get_by_text("Bosettingen er registrert.")).to_be_visible()


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [(1280, 900), (320, 640)], ids=["wide", "narrow"])
def test_the_focus_goes_through_the_longest_page(playing: Stage, browser: Browser, size: tuple[int, int]) -> None:
    """Sixty persons: every stop is seen, none is behind the bar that sticks to the edge, and there is an end."""
    with opened(browser, playing.address, size=size) as page:
        log_in(page, WRITER)
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger/{LARGE}")
        keys = Keys(page)
        assert keys.through() > 120
        assert keys.wrong == []


def test_places_left_are_said_as_one_unmarks(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """The bar of the answering page is a polite live region, and holds the figures of both kinds of place."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        open_list(page, one)
        bar = page.get_by_role("status").filter(has=page.locator(".running-places"))
        said = bar.inner_text()
        page.locator("#bosett-4").focus()
        page.keyboard.press("Space")
        expect(bar).not_to_have_text(said)
        expect(bar).to_contain_text("1 bosettes ikke")
        assert page.locator("#bosett-4").evaluate("(one) => one === document.activeElement")


def test_nothing_moves_for_who_wants_less_motion(playing: Stage, browser: Browser) -> None:
    """No transition, no animation and no smooth scrolling of any element, where the system asks for that."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        for path in (f"/kommune/{OSLO}/arbeidsflate", f"/kommune/{OSLO}/bosetting/fordelinger/{LARGE}"):
            page.goto(path)
            assert moving(page) == []


def moving(page: Page) -> list[str]:
    found: list[str] = page.evaluate("""
        () => [...document.querySelectorAll("*")].flatMap((one) => {
          const style = getComputedStyle(one);
          const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0.01);
          const moves = (lasts(style.transitionDuration) && /transform|all|top|left|height|width/.test(
            style.transitionProperty)) || (style.animationName !== "none" && lasts(style.animationDuration))
            || style.scrollBehavior === "smooth";
          return moves ? [`${one.tagName} ${one.className}`] : [];
        })
    """)
    return sorted(set(found))
