"""Utsøkte og bosatte, in a browser: a household moves in, a date is corrected, and what goes wrong most."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.distribution.v1 import MovedIn, PlanSettlement, RegisterSettlements
from gateway.pages.format import today
from tests.browser.browsing import log_in, opened
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import BOTH
from tests.browser.test_folders import answered, until

WRITER, READER = "Ingrid Haugen", "Marit Dahl"


def day(ago: int) -> str:
    return (today(world.now()) - timedelta(days=ago)).isoformat()


def register(page: Page, typed: str) -> None:
    page.get_by_label("Datoen husstanden flyttet inn").fill(typed)
    page.get_by_role("button", name="Registrer bosettingen").click()


@BOTH
def test_a_household_moves_in(playing: Stage, browser: Browser, scripts: bool) -> None:
    """What is missing is said, a week planned, a day before the placement refused at its field, then both settled."""
    one = answered(playing, f"FL-2026-00041{int(scripts)}")
    list_id = one.state.list_id
    household = f"/kommune/{OSLO}/bosetting/fordelinger/{list_id}/husstand/1"
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        until(page, f"/kommune/{OSLO}/bosetting/fordelinger/{list_id}", "Åpne personmappen")
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger")
        page.get_by_role("link", name="Utsøkte og bosatte").click()
        expect(page.get_by_text("mangler bosettingsdato.")).to_be_visible()
        expect(page.locator("tbody").first).to_contain_text("Bosettingsdato mangler")
        page.goto(household)
        page.locator("#uke").select_option(index=3)
        page.get_by_role("button", name="Lagre uken").click()
        expect(page.get_by_role("status")).to_have_text("Uken er lagret.")
        expect(page.locator("tbody tr").first).to_contain_text("uke ")

        register(page, day(30))
        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("datoen kan ikke være før personen ble søkt ut")
        if scripts:
            expect(summary).to_be_focused()
        summary.get_by_role("link").click()
        expect(page.locator("#dato")).to_be_focused()
        expect(page.locator("#dato")).to_have_value(day(30))
        register(page, day(0))
        expect(page.get_by_role("status")).to_have_text("Bosettingen er registrert.")
        expect(page.get_by_text("Bosettingsdato mangler")).to_have_count(0)
        assert page.get_by_role("button", name="Registrer bosettingen").count() == 0
    [(_, planned), (_, settled)] = playing.owner.asked(list_id)
    assert isinstance(planned, PlanSettlement)
    assert isinstance(settled, RegisterSettlements)
    now = today(world.now())
    assert settled.persons == [MovedIn(running_number=number, settlement_date=now) for number in (1, 2)]


def test_a_date_is_corrected_with_a_reason(playing: Stage, browser: Browser) -> None:
    """Without a reason it is asked for; then the new date holds, and the history tells from, to, who and why."""
    one = world.answered("FL-2026-000412", 3, settled=2)
    playing.owner.add(one)
    household = f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}/husstand/1"
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        until(page, household, "Rett datoen")
        page.get_by_role("link", name="Rett datoen til person 1").click()
        page.locator("#rettet-dato").fill(day(1))
        page.get_by_role("button", name="Rett datoen").click()
        expect(page.locator("ds-error-summary")).to_contain_text("Skriv hvorfor datoen rettes")
        expect(page.locator("#rettet-dato")).to_have_value(day(1))
        page.locator("#rettet-grunn").fill("Kom en dag tidligere 🙂")
        page.get_by_role("button", name="Rett datoen").click()
        expect(page.get_by_role("status")).to_contain_text("Bosettingsdatoen er rettet")
        page.get_by_text("Vis historikken").click()
        history = page.locator(".timeline")
        expect(history).to_contain_text("Rettet fra")
        expect(history).to_contain_text("Kom en dag tidligere 🙂")
        expect(history).to_contain_text(WRITER)


@pytest.mark.heavy
def test_what_a_colleague_registered_meanwhile_is_not_overwritten(playing: Stage, browser: Browser) -> None:
    """The form comes back with what was typed and what holds now; sent again it is taken."""
    one = answered(playing, "FL-2026-000413")
    household = f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}/husstand/1"
    with opened(browser, playing.address) as page, opened(browser, playing.address) as theirs:
        for each in (page, theirs):
            log_in(each, WRITER)
            until(each, household, "Registrer bosetting")
        theirs.locator("#flyttet-2").uncheck()
        register(theirs, day(1))
        expect(theirs.get_by_role("status")).to_have_text("Bosettingen er registrert.")
        register(page, day(0))
        expect(page.get_by_role("alert")).to_contain_text("Noe på listen er endret siden du åpnet siden")
        expect(page.locator("#dato")).to_have_value(day(0))
        page.get_by_role("button", name="Registrer bosettingen").click()
        expect(page.get_by_role("status")).to_have_text("Bosettingen er registrert.")
    last = playing.owner.asked(one.state.list_id)[-1][1]
    assert [person.running_number for person in last.persons] == [2]
