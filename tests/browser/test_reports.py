"""Innmeldinger in a browser: the way through, and what goes wrong most."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.municipality.codes import ReportStatus
from contracts.municipality.reports import ReportHousing, ReportNamedPersons, ReportSelfSettlement, ReportWeeklyPlaces
from contracts.weeks import weeks_from
from tests.browser.browsing import log_in, opened
from tests.browser.stage import reports as stage_reports, world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import ALESUND, BERGEN, OSLO, OneList
from tests.browser.steps import BOTH

WRITER, ELSEWHERE, MANY = "Ingrid Haugen", "Anne Vik", "Lars Moen"
ROOT = f"/kommune/{BERGEN}/bosetting/innmeldinger"


def until(page: Page, path: str, holds: Callable[[Page], bool]) -> None:
    """Open the page until the read model shows what was told."""
    for _ in range(100):
        page.goto(path)
        if holds(page):
            return
        page.wait_for_timeout(50)
    pytest.fail("it does not come")


def sent(playing: Stage, kind: type, municipality_id: str = BERGEN) -> list:
    return [body for _, body in playing.owner.taken
            if isinstance(body, kind) and body.municipality_id == municipality_id]  # fmt: skip


@BOTH
def test_weeks_are_told_and_a_slip_is_pointed_at(playing: Stage, browser: Browser, scripts: bool) -> None:
    """A word where a number belongs is named and keeps the rest; mended, IMDi has it, and the history says what."""
    first, second, third = weeks_from(world.now().date(), 3)
    number = "7" if scripts else "9"
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, ELSEWHERE)
        page.goto(f"/kommune/{BERGEN}/bosetting/fordelinger")
        page.get_by_role("link", name="Antall plasser").click()
        page.locator(f"#uke-{first}").fill(number)
        page.locator(f"#uke-{second}").fill("seks")
        page.locator(f"#uke-{third}").fill("0")
        page.get_by_role("button", name="Lagre og meld til IMDi").click()
        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("skriv et helt tall fra 0 til 10")
        if scripts:
            expect(summary).to_be_focused()
        summary.get_by_role("link").click()
        expect(page.locator(f"#uke-{second}")).to_be_focused()
        expect(page.locator(f"#uke-{first}")).to_have_value(number)
        page.locator(f"#uke-{second}").fill("")
        page.get_by_role("button", name="Lagre og meld til IMDi").click()
        expect(page.get_by_role("status")).to_contain_text("Lagret.")
        expect(page.locator(f"#uke-{first}")).to_have_value(number)
        expect(page.locator(f"#uke-{second}")).to_have_value("")
        expect(page.locator(".history")).to_contain_text("Anne Vik")
    told = sent(playing, ReportWeeklyPlaces)[-1]
    assert [(one.week, one.places) for one in told.weeks] == [(first, int(number)), (third, 0)]


@pytest.mark.heavy
def test_two_colleagues_at_once_lose_nothing(playing: Stage, browser: Browser) -> None:
    """The second is told, sees what the first has told beside what they typed, and decides."""
    week = weeks_from(world.now().date(), 9)[8]
    path = f"/kommune/{ALESUND}/bosetting/innmeldinger/antall-plasser"
    with opened(browser, playing.address) as mine, opened(browser, playing.address) as theirs:
        for page in (mine, theirs):
            log_in(page, MANY)
            page.goto(path)
        theirs.locator(f"#uke-{week}").fill("3")
        theirs.get_by_role("button", name="Lagre og meld til IMDi").click()
        expect(theirs.get_by_role("status")).to_contain_text("Lagret.")
        mine.locator(f"#uke-{week}").fill("5")
        mine.get_by_role("button", name="Lagre og meld til IMDi").click()
        expect(mine.get_by_role("alert")).to_contain_text("Innmeldingen er endret siden du åpnet den")
        expect(mine.locator(f"#uke-{week}")).to_have_value("5")
        expect(mine.locator(".theirs")).to_contain_text("Meldt nå: 3")
        mine.get_by_role("button", name="Lagre og meld til IMDi").click()
        expect(mine.get_by_role("status")).to_contain_text("Lagret.")


@BOTH
def test_a_home_is_reported_changed_and_taken_back(playing: Stage, browser: Browser, scripts: bool) -> None:
    """Left half empty it is pointed out field by field; reported, it can be changed and withdrawn."""
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, ELSEWHERE)
        page.goto(f"{ROOT}/boliger")
        page.get_by_role("link", name="Meld inn bolig").click()
        page.get_by_label("Soverom").fill("3")
        page.get_by_label("Trinnfri adkomst").check()
        page.get_by_role("button", name="Meld til IMDi").click()
        summary = page.locator("ds-error-summary")
        expect(summary.get_by_role("link")).to_have_count(3)
        expect(page.get_by_label("Trinnfri adkomst")).to_be_checked()
        page.get_by_label("Antall boliger").fill("1")
        page.get_by_label("Plass til").fill("5")
        page.get_by_label("Ledig fra").fill(world.now().date().isoformat())
        page.get_by_label("Område").fill("Nær skole og buss")
        page.get_by_role("button", name="Meld til IMDi").click()
        expect(page.get_by_role("status")).to_contain_text("Lagret.")
        page.get_by_role("link", name="1 bolig: 3 soverom, plass til 5 personer").first.click()
        page.get_by_label("Soverom").fill("4")
        page.get_by_role("button", name="Lagre endringen").click()
        page.get_by_role("link", name="1 bolig: 4 soverom, plass til 5 personer").first.click()
        page.locator("summary", has_text="Trekk innmeldingen").click()
        page.get_by_role("button", name="Trekk innmeldingen").click()
        expect(page.get_by_role("status")).to_contain_text("Innmeldingen er trukket.")
    body = sent(playing, ReportHousing)[-1]
    state, version = playing.owner.reports[body.subject]
    assert (state.status, version) == (ReportStatus.WITHDRAWN, 3)


def test_one_click_on_the_work_surface_confirms(playing: Stage, browser: Browser) -> None:
    """A report that nobody has touched for four weeks is asked about there; one button, and it is asked no more."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        question = page.locator(".question", has_text="Boliger: gjelder dette fortsatt?")
        until(page, f"/kommune/{OSLO}/arbeidsflate", lambda _: question.count() == 1)
        question.get_by_role("button", name="Ja, det gjelder fortsatt").click()
        expect(page.get_by_role("status")).to_contain_text("Bekreftet: innmeldingen gjelder fortsatt.")
        page.goto(f"/kommune/{OSLO}/arbeidsflate")
        expect(question).to_have_count(0)
    state, _ = playing.owner.reports[f"{OSLO}/reports/{stage_reports.OLD_HOME}"]
    assert state.questioned_at is None


@BOTH
def test_particular_persons_are_asked_for(playing: Stage, browser: Browser, scripts: bool) -> None:
    """A DUF number that is too short is pointed out; more room keeps what was typed; withdrawn, nobody is named."""
    name = f"Rima Eksempel {'A' if scripts else 'B'}"
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, ELSEWHERE)
        page.goto(f"{ROOT}/bestemte-personer/ny")
        page.get_by_label("Navn, person 1", exact=True).fill(name)
        page.get_by_label("DUF-nummer, person 1", exact=True).fill("2026 1234")
        page.get_by_role("button", name="Gi plass til flere personer").click()
        page.get_by_label("Navn, person 5", exact=True).fill("Sami Eksempel")
        page.get_by_label("Tilknytning til noen i kommunen").select_option("sibling")
        page.get_by_role("button", name="Meld til IMDi").click()
        expect(page.locator("ds-error-summary")).to_contain_text("Person 1: et DUF-nummer har 12 sifre")
        expect(page.get_by_label("Navn, person 5", exact=True)).to_have_value("Sami Eksempel")
        page.get_by_label("DUF-nummer, person 1", exact=True).fill("2026 1234 5678")
        page.get_by_role("button", name="Meld til IMDi").click()
        expect(page.get_by_role("status")).to_contain_text("Lagret.")
        page.get_by_role("link", name=f"{name}, Sami Eksempel").click()
        page.locator("summary", has_text="Trekk innmeldingen").click()
        page.get_by_role("button", name="Trekk innmeldingen").click()
        expect(page.get_by_role("status")).to_contain_text("Innmeldingen er trukket.")
        expect(page.get_by_text(name)).to_have_count(0)
    [said] = [
        one.named_persons for one in sent(playing, ReportNamedPersons) if one.named_persons.persons[0].name == name
    ]
    assert [one.duf_number for one in said.persons] == ["202612345678", None]


def test_self_settlement_is_reported_and_its_list_says_so(playing: Stage, browser: Browser) -> None:
    """Without an address nothing is sent; the list with which IMDi answers is marked, and leads to the report."""
    with opened(browser, playing.address) as page:
        log_in(page, ELSEWHERE)
        page.goto(f"{ROOT}/selvbosetting/ny")
        page.get_by_label("Navn, person 1", exact=True).fill("Rima Eksempel")
        page.get_by_label("Innflytting").fill(world.now().date().isoformat())
        page.get_by_role("button", name="Meld til IMDi").click()
        expect(page.locator("ds-error-summary")).to_contain_text("Adresse: fyll ut adressen")
        page.get_by_label("Adresse").fill("Eksempelveien 1, 5003 Bergen")
        page.get_by_role("button", name="Meld til IMDi").click()
        expect(page.get_by_role("status")).to_contain_text("Lagret.")
        [body] = sent(playing, ReportSelfSettlement)
        one = world.new_list("FL-2026-000697", BERGEN, [2], days_left=5, minors=0, age_days=0)
        one.state = one.state.model_copy(update={"self_settlement": body.report_id})
        playing.owner.add(one)
        lists = f"/kommune/{BERGEN}/bosetting/fordelinger"
        mark = page.locator("main .ds-tag", has_text="Avtalt selvbosetting")
        until(page, lists, lambda _: mark.count() == 1)
        page.goto(f"{lists}/{one.state.list_id}")
        expect(mark).to_be_visible()
        page.get_by_role("link", name="Kommunens innmelding").click()
        expect(page.get_by_label("Adresse")).to_have_value("Eksempelveien 1, 5003 Bergen")


def test_homes_that_fit_are_shown_with_the_list(
    playing: Stage, browser: Browser, new_list: Callable[..., OneList]
) -> None:
    """By household, on the answering page, with a link to each."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        path = f"/kommune/{OSLO}/bosetting/fordelinger/{one.state.list_id}"
        until(page, path, lambda shown: shown.get_by_role("heading", name="Boliger som passer").count() == 1)
        fitting = page.locator(".homes-fit li", has_text="Husstand 1").first
        fitting.get_by_role("link", name="3 soverom, plass til 5 personer").click()
        expect(page.get_by_role("heading", name="Innmeldt bolig")).to_be_visible()
