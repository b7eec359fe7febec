"""Anmodning og vedtak and Plassregnskap, in a browser: the way through, and what goes wrong most."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.municipality.v1 import RegisterResolution
from tests.browser.browsing import log_in, opened
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import BERGEN, OSLO
from tests.browser.steps import BOTH

WRITER, READER, ELSEWHERE = "Ingrid Haugen", "Marit Dahl", "Anne Vik"
YEAR = world.now().year
ROOT = f"/kommune/{BERGEN}"


def until(page: Page, path: str, holds: Callable[[Page], bool]) -> None:
    """Open the page until the read model shows what was told."""
    for _ in range(100):
        page.goto(path)
        if holds(page):
            return
        page.wait_for_timeout(50)
    pytest.fail("it does not come")


def ask(playing: Stage, year: int, ordinary: int, minors: int) -> None:
    playing.owner.request_places(
        BERGEN, year, ordinary_places=ordinary, unaccompanied_minor_places=minors, answer_by=world.now().date()
    )


def fill(page: Page, ordinary: str, minors: str, case: str = "2026/1234") -> None:
    page.get_by_label("Ordinære plasser", exact=True).fill(ordinary)
    page.get_by_label("Plasser for enslige mindreårige (EM)").fill(minors)
    page.get_by_label("Vedtaksdato").fill(world.now().date().isoformat())
    page.get_by_label("Saksnummer").fill(case)
    page.get_by_role("button", name="Registrer vedtaket").click()


@BOTH
def test_a_request_is_resolved_upon(playing: Stage, browser: Browser, scripts: bool) -> None:
    """Work surface, form, a field left empty, too many minors, confirmed; the year then shows it, and its history."""
    year = YEAR + (1 if scripts else 2)
    ask(playing, year, 300, 10)
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, ELSEWHERE)
        link = page.get_by_role("link", name=f"Registrer vedtak for {year}")
        until(page, f"{ROOT}/arbeidsflate", lambda _: link.count() == 1)
        expect(page.locator(".open-request", has_text=str(year))).to_contain_text("Siste frist i dag")
        link.click()
        expect(page.locator("#em")).to_have_value("")

        fill(page, "250", "")
        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("Skriv 0 hvis kommunen har vedtatt å ikke ta imot noen")
        if scripts:
            expect(summary).to_be_focused()
        summary.get_by_role("link").click()
        expect(page.locator("#em")).to_be_focused()
        expect(page.locator("#ordinare")).to_have_value("250")

        fill(page, "250", "100")
        expect(summary).to_contain_text("flere plasser enn IMDi ber om")
        expect(page.locator(".reason")).to_contain_text("vedtatt 100, IMDi ber om 10")
        fill(page, "250", "12")
        page.get_by_label("Tallet er riktig").check()
        page.get_by_role("button", name="Registrer vedtaket").click()

        section = page.locator("section.agreement", has=page.locator(f"#ar-{year}"))
        expect(section.get_by_role("status")).to_contain_text(f"Vedtaket for {year} er registrert.")
        expect(section.locator("tbody tr").nth(1)).to_contain_text("12")
        expect(section.locator(".history")).to_contain_text("Anne Vik")
        expect(section.locator(".history")).to_contain_text("IMDi ba om 300 + 10 EM")
        letter = section.get_by_role("link", name="Anmodningsbrev")
        given = page.request.get(f"{playing.address}{letter.get_attribute('href')}")
        assert (given.status, given.headers["content-type"]) == (200, "application/pdf")
    sent = [body for _, body in playing.owner.taken if isinstance(body, RegisterResolution) and body.year == year]
    assert [(one.ordinary_places, one.unaccompanied_minor_places, one.more_than_requested) for one in sent] == [
        (250, 12, True)
    ]


def test_what_imdi_changed_meanwhile_loses_nothing_that_was_typed(playing: Stage, browser: Browser) -> None:
    """The form comes back as it was typed, with the new numbers above it; sent again it holds. None at all is 0."""
    ask(playing, YEAR, 80, 4)
    with opened(browser, playing.address) as page:
        log_in(page, ELSEWHERE)
        form = f"{ROOT}/vedtak/{YEAR}"
        until(page, form, lambda shown: shown.get_by_text("IMDi ber kommunen om 80").count() == 1)
        ask(playing, YEAR, 90, 4)
        fill(page, "0", "0", "min sak")
        expect(page.get_by_role("alert")).to_contain_text("Året er endret siden du åpnet skjemaet")
        expect(page.get_by_text("IMDi ber kommunen om 90")).to_be_visible()
        expect(page.locator("#saksnummer")).to_have_value("min sak")
        page.get_by_role("button", name="Registrer vedtaket").click()
        expect(page.get_by_text("Kommunen har sagt nei: 0 plasser")).to_be_visible()
    [held] = [version for key, (_, version) in playing.owner.years.items() if key == f"{BERGEN}/{YEAR}"]
    assert held == 3


@pytest.mark.heavy
def test_the_ledger_adds_up_on_the_page_and_in_the_file(playing: Stage, browser: Browser) -> None:
    """Every line with what was left; as of an earlier day; the same in the file; a reader sees it all and no form."""
    with opened(browser, playing.address) as page:
        log_in(page, READER)
        page.goto(f"/kommune/{OSLO}")
        page.get_by_role("link", name="Plassregnskap, linje for linje").click()
        left = page.locator("tbody tr").first.locator("td").last
        expect(left).to_have_text("5")
        expect(page.locator(".sums dd").last).to_have_text("5")
        page.get_by_role("link", name="Neste").click()
        last = page.locator("tbody tr").last
        expect(last).to_contain_text("Kommunens vedtak")
        expect(last.locator("td").last).to_have_text("1\u00a0850")

        page.get_by_label("Slik det sto ved slutten av").fill(f"{YEAR}-02-01")
        page.get_by_role("button", name="Vis").click()
        expect(page.get_by_role("heading", name=f"Ordinære plasser ved slutten av 01.02.{YEAR}")).to_be_visible()
        before = page.locator("tbody tr").first.locator("td").last.inner_text()
        expect(page.locator(".sums dd").last).to_have_text(before)

        page.goto(f"/kommune/{OSLO}/plassregnskap?ar={YEAR}")
        with page.expect_download() as download:
            page.get_by_role("link", name="Last ned som CSV").click()
        text = download.value.path().read_text("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        for kind, expected in (("Ordinære plasser", 5), ("Enslige mindreårige (EM)", 14)):
            mine = [row for row in rows if row["Plasser"] == kind]
            sums = {name: sum(int(row[name]) for row in mine) for name in ("Avtalt", "Forespurt", "Søkt ut", "Bosatt")}
            total = sums["Avtalt"] - sums["Forespurt"] - sums["Søkt ut"] - sums["Bosatt"]
            assert total == int(mine[-1]["Igjen"]) == expected
        page.goto(f"/kommune/{OSLO}/vedtak")
        assert page.get_by_role("link", name="Endre vedtaket").count() == 0
