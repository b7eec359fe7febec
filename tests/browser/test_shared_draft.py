"""Two caseworkers at one list, in browsers: merged, or refused with what the other did; and four eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.codes import DeclineReason
from contracts.distribution.v1 import SendAnswer
from tests.browser.browsing import log_in, opened
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO, OneList
from tests.browser.steps import BOTH, COLLEAGUE, WRITER, NewList, heading, open_list, page_of, unmark


@contextmanager
def two(playing: Stage, browser: Browser, one: OneList, *, scripts: bool = True) -> Iterator[tuple[Page, Page]]:
    """Open the list for a caseworker and a colleague."""
    with ExitStack() as stack:
        mine, theirs = (stack.enter_context(opened(browser, playing.address, scripts=scripts)) for _ in range(2))
        log_in(mine, WRITER)
        log_in(theirs, COLLEAGUE)
        open_list(mine, one)
        theirs.goto(page_of(one))
        yield mine, theirs


def save(page: Page) -> None:
    page.get_by_role("button", name="Lagre").click()


@BOTH
def test_two_who_touched_different_persons_both_keep_their_work(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """Saved from pages of the same moment; the second is told what the first did, and it stands in the history."""
    one = new_list()
    with two(playing, browser, one, scripts=scripts) as (mine, theirs):
        unmark(theirs, 2, DeclineReason.SECURITY)
        save(theirs)
        expect(theirs.get_by_text("Lagret.")).to_be_visible()
        mine.locator("#beskjed").fill("Min beskjed")
        unmark(mine, 4, DeclineReason.CAPACITY_REACHED)
        save(mine)
        expect(mine.get_by_text("Lagret.")).to_be_visible()
        told = mine.locator(".ds-alert", has_text="Kolleger lagret samtidig med deg")
        expect(told).to_contain_text("Thomas Lie")
        expect(told).to_contain_text("Person 2: bosettes ikke – hensyn til sikkerhet")
        expect(mine.get_by_label("Person 2", exact=True)).not_to_be_checked()
        expect(mine.locator("#grunn-2")).to_have_value("security")
        expect(mine.locator("#beskjed")).to_have_value("Min beskjed")
        theirs.goto(page_of(one))
        expect(theirs.locator("#beskjed")).to_have_value("Min beskjed")
        theirs.get_by_text("Hvem har gjort hva (2)").click()
        history = theirs.locator(".who-did-what li")
        expect(history.filter(has_text="Ingrid Haugen")).to_contain_text("Beskjeden til IMDi")
        expect(history.filter(has_text="Thomas Lie")).to_contain_text("Person 2: bosettes ikke")
    assert [person.decision.accept for person in one.persons] == [True, False, True, False]


@pytest.mark.heavy
@BOTH
def test_a_colleagues_change_is_not_overwritten(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """Who changed the same keeps what they typed, sees what is kept now and by whom, and decides."""
    one = new_list()
    with two(playing, browser, one, scripts=scripts) as (mine, theirs):
        unmark(theirs, 2, DeclineReason.SECURITY)
        unmark(theirs, 4, DeclineReason.SECURITY)
        theirs.locator("#beskjed").fill("Deres beskjed")
        save(theirs)
        expect(theirs.get_by_text("Lagret.")).to_be_visible()

        unmark(mine, 2, DeclineReason.NO_HEALTH_SERVICES)
        mine.locator("#beskjed").fill("Min beskjed")
        save(mine)
        expect(mine.get_by_role("alert")).to_contain_text("Det gjelder person 2 og beskjeden til IMDi.")
        expect(mine.locator("#beskjed")).to_have_value("Min beskjed")
        expect(mine.locator("#grunn-2")).to_have_value("no_health_services")
        expect(mine.locator(".theirs").first).to_contain_text("Lagret nå, av Thomas Lie")
        expect(mine.locator(".theirs").first).to_contain_text("bosettes ikke – hensyn til sikkerhet")
        expect(mine.get_by_text("Deres beskjed")).to_be_visible()
        expect(mine.get_by_label("Person 4", exact=True)).not_to_be_checked()
        assert one.state.message == "Deres beskjed"
        save(mine)
        expect(mine.get_by_text("Lagret.")).to_be_visible()
    assert one.state.message == "Min beskjed"
    assert [person.decision.reason for person in one.persons if not person.decision.accept] == [
        DeclineReason.NO_HEALTH_SERVICES, DeclineReason.SECURITY,
    ]  # fmt: skip


@pytest.mark.heavy
def test_an_approval_is_of_what_was_reviewed(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Godkjenn liste from a page of before a colleague's change asks to look again, with both's work in the form."""
    one = new_list()
    with two(playing, browser, one) as (mine, theirs):
        unmark(theirs, 4, DeclineReason.SECURITY)
        save(theirs)
        expect(theirs.get_by_text("Lagret.")).to_be_visible()
        mine.locator("#beskjed").fill("Min beskjed")
        mine.get_by_role("button", name="Godkjenn liste").click()
        expect(mine.get_by_role("alert")).to_contain_text("Den ble endret av Thomas Lie")
        expect(mine.get_by_label("Person 4", exact=True)).not_to_be_checked()
        mine.get_by_role("button", name="Godkjenn liste").click()
        heading(mine, "Sjekk svaret før du sender det")
    assert (one.state.message, one.state.declined) == ("Min beskjed", 1)


@pytest.mark.heavy
def test_with_four_eyes_a_colleague_sends(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Who approved is told why there is no button, and is refused from a page of before; a colleague sends."""
    one = new_list()
    try:
        with two(playing, browser, one) as (mine, theirs):
            mine.get_by_role("button", name="Godkjenn liste").click()
            heading(mine, "Sjekk svaret før du sender det")
            playing.owner.require_four_eyes(OSLO, required=True)
            mine.get_by_role("button", name="Send svar").click()
            expect(mine.get_by_role("alert")).to_contain_text("En kollega må sende svaret")
            for _ in range(100):
                mine.goto(page_of(one))
                if mine.get_by_text("Send svar er ikke her for deg").count():
                    break
            expect(mine.get_by_role("button", name="Send svar")).to_have_count(0)
            theirs.goto(page_of(one))
            theirs.get_by_role("button", name="Send svar").click()
            heading(theirs, "Svaret er sendt til IMDi")
    finally:
        playing.owner.require_four_eyes(OSLO, required=False)
    senders = [
        body.actor.display_name for _, body in playing.owner.asked(one.state.list_id) if type(body) is SendAnswer
    ]
    assert senders == [WRITER, COLLEAGUE]
