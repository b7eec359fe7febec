"""Person folders, in a browser: from the answered list to the health part, and what goes wrong most."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import log_in, opened
from tests.browser.stage import settling, world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO, OneList
from tests.browser.steps import BOTH, until_so

WRITER, READER, ELSEWHERE = "Ingrid Haugen", "Marit Dahl", "Anne Vik"


def answered(playing: Stage, list_id: str) -> OneList:
    """Have Oslo answer a list of the test's own: two persons are placed, the third is declined."""
    one = world.answered(list_id, 3)
    playing.owner.add(one)
    return one


def until(page: Page, path: str, text: str) -> None:
    """Open the page until it shows a text."""
    for _ in range(200):
        page.goto(path)
        if page.get_by_text(text).first.is_visible():
            return
        page.wait_for_timeout(50)
    pytest.fail("it does not come")


def looks(playing: Stage, list_id: str) -> list[tuple[Any, ...]]:
    """Read what was written down."""
    query = "SELECT part, purpose, purpose_text, allowed FROM gateway.look WHERE list_id = %s ORDER BY look_id"
    with psycopg.connect(playing.database_url) as connection:
        return connection.execute(query, (list_id,)).fetchall()


@BOTH
def test_a_folder_is_opened_and_its_health_part_for_a_purpose(playing: Stage, browser: Browser, scripts: bool) -> None:
    """From the answered list; who it is; no purpose, no words, then both: shown, and each look written down."""
    one = answered(playing, f"FL-2026-00040{int(scripts)}")
    [person, _] = settling.folders(one)
    path = f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}"
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        # It comes by a topic of its own: who looks before that looks in vain, and that is written down too.
        there = "SELECT count(*) = 1 FROM readmodel.person_folder WHERE list_id = %s AND running_number = 1"
        until_so(playing.database_url, there, one.state.list_id)
        until(page, path, "Åpne personmappen")
        assert person.family_name not in page.content()
        page.get_by_role("link", name="Åpne personmappen til person 1").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{person.given_name} {person.family_name}")
        expect(page.get_by_text("Oppslaget er registrert med navnet ditt")).to_be_visible()
        assert person.given_name not in page.title()
        assert settling.HEALTH not in page.content()

        page.get_by_role("button", name="Vis helseopplysningene").click()
        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("Velg hvorfor du trenger helseopplysningene")
        if scripts:
            expect(summary).to_be_focused()
        page.get_by_label("Annet").check()
        page.get_by_role("button", name="Vis helseopplysningene").click()
        expect(summary).to_contain_text("Skriv hva du skal bruke helseopplysningene til")
        summary.get_by_role("link").click()
        expect(page.locator("#formalstekst")).to_be_focused()
        assert settling.HEALTH not in page.content()
        page.locator("#formalstekst").fill("Bestille time")
        page.get_by_role("button", name="Vis helseopplysningene").click()
        expect(page.get_by_text(settling.HEALTH)).to_be_visible()
        page.get_by_role("link", name="Skjul helseopplysningene").click()
        assert settling.HEALTH not in page.content()
        page.get_by_role("link", name="person 2").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(person.family_name)
    found = looks(playing, one.state.list_id)
    identified = ("identified", "settlement", None, True)
    assert found == [identified] * 3 + [("health", "other", "Bestille time", True)] + [identified] * 2


def test_a_withdrawal_closes_the_folder_and_others_never_had_it(playing: Stage, browser: Browser) -> None:
    """A reader sees who it is and no health; another municipality finds nothing; after the withdrawal nobody does."""
    one = answered(playing, "FL-2026-000402")
    name = next(settling.folders(one)).given_name
    path = f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}/personer/1"
    with opened(browser, playing.address) as page:
        log_in(page, READER)
        until(page, path, name)
        expect(page.get_by_text("Rollen din gir ikke tilgang til helseopplysninger")).to_be_visible()
        with opened(browser, playing.address) as theirs:
            log_in(theirs, ELSEWHERE)
            theirs.goto(path)
            expect(theirs.get_by_role("heading", level=1)).to_have_text("Vi finner ikke siden")
        playing.owner.withdraw(one, 1)
        until(page, path, "Vi finner ikke siden")
        assert name not in page.content()
    assert ("identified", None, None, False) in looks(playing, one.state.list_id)
