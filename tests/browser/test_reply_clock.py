"""The reply clock as a caseworker meets it: an overdue list is found, and answered late."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from contracts.distribution.v1 import Extension
from tests.browser.browsing import log_in, opened
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import WRITER, NewList, heading, page_of

LISTS = f"/kommune/{OSLO}/bosetting/fordelinger"


@pytest.mark.heavy
def test_an_overdue_list_is_found_and_answered_late(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Surface, filter and answering page say so in words; the answer is taken, and marked late everywhere."""
    one, in_time = new_list(days_left=-3), new_list()
    row = re.compile(one.state.list_id)
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        expect(page.locator(".cards li", has_text=one.state.list_id)).to_contain_text("3 dager over fristen")
        page.goto(LISTS)
        page.get_by_label("Svarfrist").select_option("Over fristen")
        page.get_by_role("button", name="Vis").click()
        expect(page.get_by_role("row", name=row)).to_contain_text("3 dager over fristen")
        expect(page.get_by_role("row", name=re.compile(in_time.state.list_id))).to_have_count(0)
        expect(page.get_by_label("Svarfrist")).to_have_value("over")

        page.get_by_role("row", name=row).get_by_role("link").click()
        alert = page.locator(".ds-alert.deadline")
        expect(alert).to_contain_text("3 dager over fristen")
        expect(alert).to_contain_text("Dere kan fortsatt svare, og svaret merkes som sent.")
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").click()
        heading(page, "Svaret er sendt til IMDi")
        expect(page.get_by_text("(etter fristen)")).to_be_visible()
        page.goto(page_of(one))
        expect(page.get_by_role("region", name="Hva som har skjedd")).to_contain_text(
            "Svar sendt til IMDi, etter fristen"
        )
        page.goto(f"{LISTS}?frist=over")
        expect(page.get_by_role("row", name=row)).to_have_count(0)
    assert one.state.late


def test_a_moved_deadline_is_told_on_the_page(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """How many days are left now, that IMDi moved it, and from when."""
    one = new_list(days_left=-1)
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        before = one.state.deadline
        moved = Extension(at=world.now(), before=before, deadline=before + timedelta(days=8))
        one.version += 1
        one.state = one.state.model_copy(update={"deadline": moved.deadline, "extensions": [moved]})
        playing.owner.tell_list(one)
        for _ in range(100):
            page.goto(page_of(one))
            if page.get_by_text("IMDi utsatte fristen").is_visible():
                break
            page.wait_for_timeout(50)
        expect(page.locator(".ds-alert.deadline")).to_contain_text("7 dager igjen")
        expect(page.locator(".ds-alert.deadline")).to_contain_text(f"den var {before:%d.%m.%Y}")
