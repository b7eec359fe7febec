"""Fordelinger as a tool, as a caseworker uses it: finding, keeping, taking along, printing, and the statistics."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pypdf import PdfReader

from contracts.codes import DeclineReason
from contracts.distribution.v1 import ApproveList
from tests.browser.browsing import log_in, opened
from tests.browser.stage import settling, world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.steps import BOTH, COLLEAGUE, READER, WRITER, NewList, at_list, confirm_split, heading, unmark

LISTS = f"/kommune/{OSLO}/bosetting/fordelinger"
SEARCH = "Listenummer eller DUF-nummer"


def duf_number_of(playing: Stage, number: int) -> str:
    one = playing.owner.lists[world.ANSWERED]
    return next(folder.duf_number for folder in settling.folders(one) if folder.running_number == number)


def show(page: Page) -> None:
    page.get_by_role("button", name="Vis", exact=True).click()


def rows(page: Page) -> Locator:
    return page.locator("tbody th[scope=row] .nowrap")


@BOTH
def test_lists_are_found_filtered_and_paged(playing: Stage, browser: Browser, scripts: bool) -> None:
    """A part of the number, a status, the next page and back; the address alone brings it all back."""
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        page.goto(LISTS)
        page.get_by_label("Status").select_option("Besvart")
        page.get_by_label("Rekkefølge").select_option("Etter listenummer")
        page.get_by_label(SEARCH).fill("fl-2026-0002")
        show(page)
        expect(page.locator("#antall")).to_contain_text("Viser 1–20 av 23 fordelinger")
        first = [f"FL-2026-0002{n:02}" for n in range(1, 21)]
        expect(rows(page)).to_have_text(first)
        assert page.url.endswith("?sok=FL-2026-0002&status=answered&sorter=nummer")
        page.get_by_role("link", name="Neste").click()
        expect(page.locator("#antall")).to_contain_text("Viser 21–23 av 23")
        expect(rows(page)).to_have_text(["FL-2026-000221", "FL-2026-000222", "FL-2026-000223"])
        page.get_by_role("link", name="Forrige").click()
        expect(page.locator("#antall")).to_contain_text("Viser 1–20 av 23")
        expect(rows(page)).to_have_text(first)
        page.get_by_label(SEARCH).fill("1999")
        show(page)
        heading(page, "Ingen fordeling med «1999» i nummeret passer til utvalget")
        page.get_by_role("link", name="Vis alle").first.click()
        expect(page.get_by_label(SEARCH)).to_have_value("")


def test_deadlines_between_two_days(playing: Stage, browser: Browser) -> None:
    """The most likely mistake, the days the wrong way round, is told; put right, they filter."""
    day = world.now().date()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(LISTS)
        page.get_by_text("Svarfrist mellom to dager").click()
        page.get_by_label("Frist fra og med").fill(f"{day.year + 1}-01-31")
        page.get_by_label("Frist til og med").fill(f"{day.year - 1}-01-01")
        show(page)
        expect(page.get_by_text("Den første dagen er etter den siste.")).to_be_visible()
        page.get_by_label("Frist fra og med").fill(f"{day.year - 1}-01-01")
        page.get_by_label("Frist til og med").fill(f"{day.year + 1}-01-31")
        show(page)
        expect(page.locator("#antall")).to_contain_text("fordelinger")


@BOTH
def test_a_placed_person_is_found_by_duf_number(playing: Stage, browser: Browser, scripts: bool) -> None:
    """The page leads to the person; an identity number, typed by mistake, is told. Neither is in an address."""
    number = duf_number_of(playing, 1)
    with opened(browser, playing.address, scripts=scripts) as page:
        addresses: list[str] = []
        page.on("request", lambda request: addresses.append(request.url))
        log_in(page, WRITER)
        page.goto(LISTS)
        page.get_by_label(SEARCH).fill("018190 12345")
        show(page)
        expect(page.locator("ds-error-summary")).to_contain_text("Fødselsnummer kan dere ikke søke på")
        expect(page.get_by_label(SEARCH)).to_have_value("")
        page.get_by_label(SEARCH).fill(f"{number[:4]} {number[4:10]} {number[10:]}")
        show(page)
        heading(page, "Søk på DUF-nummer")
        link = page.get_by_role("link", name=f"Person 1 på {world.ANSWERED}")
        assert number not in page.content()
        link.click()
        expect(page.locator("#person-1")).to_contain_text("Bosatt")
        page.goto(LISTS)
        page.get_by_label(SEARCH).fill("202699999999")
        show(page)
        heading(page, "Ingen som er søkt ut til kommunen, har dette DUF-nummeret")
    told = " ".join(addresses)
    for digits in (number, number[4:], "01819012345", "018190", "202699999999"):
        assert digits not in told


@pytest.mark.heavy
def test_ones_own_choice_opens_the_page(playing: Stage, browser: Browser) -> None:
    """A reader keeps one too; it is nobody else's, and everything is a click away."""
    with opened(browser, playing.address) as page:
        log_in(page, READER)
        page.goto(LISTS)
        page.get_by_label("Status").select_option("Venter på svar")
        page.get_by_role("button", name="Lagre som mitt standardvalg").click()
        expect(page.get_by_role("status")).to_contain_text("Utvalget er ditt standardvalg")
        page.get_by_role("navigation", name="Hovedmeny").get_by_role("link", name="Bosetting").click()
        expect(page.get_by_label("Status")).to_have_value("open")
        page.get_by_role("link", name="Vis alle").first.click()
        expect(page.get_by_label("Status")).to_have_value("")
        with opened(browser, playing.address) as another:
            log_in(another, COLLEAGUE)
            another.goto(LISTS)
            expect(another.get_by_label("Status")).to_have_value("")
        page.goto(LISTS)
        page.get_by_role("button", name="Fjern standardvalget").click()
        page.goto(LISTS)
        expect(page.get_by_label("Status")).to_have_value("")


def test_lists_and_persons_are_taken_along(playing: Stage, browser: Browser) -> None:
    """The files have what the filter shows, and of persons what their page shows: no name and no number."""
    number = duf_number_of(playing, 1)
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(f"{LISTS}?status=answered&sok=FL-2026-0002")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Last ned som Excel").click()
        assert re.fullmatch(rf"fordelinger-{OSLO}-\d{{4}}-\d\d-\d\d\.xlsx", waiting.value.suggested_filename)
        sheet = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes())).active
        assert [sheet.max_row, sheet["A2"].value, sheet["B2"].value] == [24, "FL-2026-000201", "Besvart"]
        page.goto(f"{LISTS}/{world.ANSWERED}")
        for name in ("CSV", "Excel"):
            with page.expect_download() as waiting:
                page.get_by_role("link", name=f"Personene som {name}").click()
            content = Path(waiting.value.path()).read_bytes()
            if name == "Excel":
                cells = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
                content = str([[str(cell) for cell in row] for row in cells]).encode()
            assert "Vi kan ikke gi nødvendige helsetjenester" in content.decode()
            assert number not in content.decode()


def test_a_list_prints_whole(playing: Stage, browser: Browser, tmp_path: Path) -> None:
    """On paper there are the details of everybody and no navigation, from the page to print as from the list's own."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        for path in (f"{LISTS}/{world.ANSWERED}/utskrift", f"{LISTS}/{world.ANSWERED}"):
            page.goto(path)
            file = tmp_path / "list.pdf"
            page.pdf(path=file, prefer_css_page_size=True)
            text = " ".join("".join(one.extract_text() for one in PdfReader(file).pages).split())
            assert text.count("Behov for tilrettelegging") == 3
            assert "Apotekmedarbeider" in text
            assert "Vi kan ikke gi nødvendige helsetjenester" in text
            for left_out in (
                "Logg ut",
                "Arbeidsflate",
                "Hopp til",
                "Vis detaljer",
                "Personene som",
                "Hjelp og kontakt",
            ):
                assert left_out not in text


@pytest.mark.heavy
def test_reasons_are_counted_and_looked_at_again(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """A reason that mentions nationality is asked about and may be sent; the statistics have it then."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        unmark(page, 2, DeclineReason.OTHER)
        page.locator("#tekst-2").fill("Vi har mange fra Syria.")
        confirm_split(page)
        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Se en gang til på begrunnelsen for person 2")
        page.get_by_role("button", name="Tilbake til behandling").click()
        page.locator("#tekst-2").fill("Boligen er ikke ferdig før i juni.")
        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Sjekk svaret før du sender det")
        expect(page.locator(".look-again")).to_have_count(0)
        page.goto(LISTS)
        page.get_by_role("navigation", name="Bosetting").get_by_role("link", name="Statistikk").click()
        heading(page, "Statistikk over svar")
        year = world.now().year
        page.get_by_role("link", name=str(year), exact=True).click()
        heading(page, f"Begrunnelser i {year}")
        row = page.get_by_role("row", name=re.compile("Vi kan ikke gi nødvendige helsetjenester"))
        counted = int(row.get_by_role("cell").first.inner_text())
        assert counted >= 24  # those of the stage's own answers; other tests may have answered with it
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Last ned alle tallene som CSV").click()
        assert f"Vi kan ikke gi nødvendige helsetjenester;{counted};" in Path(waiting.value.path()).read_text(
            "utf-8-sig"
        )
    approved = [body for _, body in playing.owner.asked(one.state.list_id) if isinstance(body, ApproveList)]
    assert len(approved) == 2
