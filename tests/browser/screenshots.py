"""Pictures of pages: ``python -m tests.browser.screenshots ADDRESS FOLDER [NAME …] [--language nn]``.

Each shot is taken wide and narrow, light and dark: ``<name>-<desktop|phone>-<light|dark>.png``.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.browsing import DESKTOP, PHONE, Scheme, chromium, log_in, opened
from tests.browser.stage import reports as stage_reports, world

WRITER, READER, MANY, EMPTY = "Ingrid Haugen", "Marit Dahl", "Lars Moen", "Anne Vik"
OPERATOR = "Kristin Berge"
LISTS = f"/kommune/{world.OSLO}/bosetting/fordelinger"
REPORTS = f"/kommune/{world.OSLO}/bosetting/innmeldinger"


def nothing(_page: Page) -> None:
    """Leave the page as it is."""


def ask_for_reasons(page: Page) -> None:
    """Unmark two and try to approve."""
    page.get_by_label("Person 2", exact=True).uncheck()
    page.get_by_label("Person 3", exact=True).uncheck()
    page.locator("#grunn-3").select_option("other")
    page.get_by_role("button", name="Godkjenn liste").click()
    page.wait_for_load_state()


def ask_nothing(page: Page) -> None:
    """Send a question that is empty."""
    page.get_by_role("button", name="Send spørsmålet").click()
    page.wait_for_load_state()


def open_details(page: Page) -> None:
    """Details of the first person, and one unmarked."""
    page.locator("details.more summary").first.click()
    page.get_by_label("Person 2", exact=True).uncheck()


def decline_a_household(page: Page) -> None:
    """Unmark all of the first household."""
    page.locator("button.whole").first.click()


def open_history(page: Page) -> None:
    """Show who has done what."""
    page.locator(".who-did-what summary").click()


def resolve_wrongly(page: Page) -> None:
    """Leave one number empty, and take more minors than IMDi asks for."""
    page.locator("#ordinare").fill("")
    page.locator("#em").fill("400")
    page.get_by_role("button", name="Registrer vedtaket").click()
    page.wait_for_load_state()


def settle_wrongly(page: Page) -> None:
    """Give a day to come, and for one a day before the placement."""
    page.get_by_label("Datoen husstanden flyttet inn").fill("2099-01-01")
    page.locator("details.more:has(#dato-2) summary").click()
    page.locator("#dato-2").fill("2020-02-29")
    page.get_by_role("button", name="Registrer bosettingen").click()
    page.wait_for_load_state()


def look_without_purpose(page: Page) -> None:
    """Choose Annet and say no more."""
    page.get_by_label("Annet").check()
    page.get_by_role("button", name="Vis helseopplysningene").click()
    page.wait_for_load_state()


def choose_nobodys(page: Page) -> None:
    """Save without saying which address is one's own."""
    page.get_by_role("button", name="Lagre valgene").click()
    page.wait_for_load_state()


def look_at_health(page: Page) -> None:
    """State a purpose."""
    page.get_by_label("Finne eller tilpasse bolig").check()
    page.get_by_role("button", name="Vis helseopplysningene").click()
    page.wait_for_load_state()


def correct_wrongly(page: Page) -> None:
    """Another day, and no reason."""
    page.locator("#rettet-dato").fill("2020-02-29")
    page.get_by_role("button", name="Rett datoen").click()
    page.wait_for_load_state()


def search_for(number: str) -> Callable[[Page], None]:
    """Search for a person's number."""

    def act(page: Page) -> None:
        page.locator("#sok").fill(number)
        page.get_by_role("button", name="Vis", exact=True).click()
        page.wait_for_load_state()

    return act


def tell_weeks_wrongly(page: Page) -> None:
    """Type a word, and a number below zero."""
    fields = page.locator('input[id^="uke-"]')
    fields.nth(1).fill("seks")
    fields.nth(4).fill("-2")
    page.get_by_role("button", name="Lagre og meld til IMDi").click()
    page.wait_for_load_state()


def report_a_home_wrongly(page: Page) -> None:
    """Leave what is needed empty, and write a number where nobody is to be named."""
    page.locator("#omrade").fill("Hos Kari, 150390 12345")
    page.locator("#personer").fill("mange")
    page.get_by_role("button", name="Meld til IMDi").click()
    page.wait_for_load_state()


@dataclass(frozen=True)
class Shot:
    """user None: nobody is logged in."""

    user: str | None
    path: str
    act: Callable[[Page], None] = nothing


SHOTS: Mapping[str, Shot] = {
    "front": Shot(None, "/"),
    "choose": Shot(MANY, "/velg-kommune"),
    "surface": Shot(WRITER, f"/kommune/{world.OSLO}/arbeidsflate"),
    "surface-request": Shot(MANY, f"/kommune/{world.ALESUND}/arbeidsflate"),
    "surface-empty": Shot(EMPTY, f"/kommune/{world.BERGEN}/arbeidsflate"),
    "overview": Shot(WRITER, f"/kommune/{world.OSLO}"),
    "overview-empty": Shot(EMPTY, f"/kommune/{world.BERGEN}"),
    "overview-none": Shot(MANY, f"/kommune/{world.ALESUND}"),
    "agreements": Shot(WRITER, f"/kommune/{world.OSLO}/vedtak"),
    "agreements-none": Shot(MANY, f"/kommune/{world.ALESUND}/vedtak"),
    "resolution": Shot(MANY, f"/kommune/{world.ALESUND}/vedtak/{world.now().year}"),
    "resolution-errors": Shot(WRITER, f"/kommune/{world.OSLO}/vedtak/{world.now().year}", resolve_wrongly),
    "ledger": Shot(WRITER, f"/kommune/{world.OSLO}/plassregnskap?side=2"),
    "ledger-as-of": Shot(WRITER, f"/kommune/{world.OSLO}/plassregnskap?per={world.now().year}-06-30&plasser=em"),
    "reports": Shot(WRITER, REPORTS),
    "weekly-places": Shot(WRITER, f"{REPORTS}/antall-plasser"),
    "weekly-places-errors": Shot(WRITER, f"{REPORTS}/antall-plasser", tell_weeks_wrongly),
    "weekly-places-reader": Shot(READER, f"{REPORTS}/antall-plasser"),
    "homes": Shot(WRITER, f"{REPORTS}/boliger"),
    "home": Shot(WRITER, f"{REPORTS}/boliger/{stage_reports.OLD_HOME}"),
    "home-errors": Shot(WRITER, f"{REPORTS}/boliger/ny", report_a_home_wrongly),
    "named-persons": Shot(WRITER, f"{REPORTS}/bestemte-personer/{stage_reports.NAMED}"),
    "self-settlement": Shot(WRITER, f"{REPORTS}/selvbosetting/ny"),
    "self-settlements": Shot(WRITER, f"{REPORTS}/selvbosetting"),
    "lists": Shot(WRITER, LISTS),
    "lists-found": Shot(WRITER, f"{LISTS}?sok=FL-2026-0002&status=answered&sorter=nummer"),
    "lists-nothing": Shot(WRITER, f"{LISTS}?sok=FL-1999&frist=7"),
    "lists-duf": Shot(WRITER, f"{LISTS}?vis=alle", search_for("202699999999")),
    "lists-duf-wrong": Shot(WRITER, f"{LISTS}?vis=alle", search_for("018190 12345")),
    "list-print": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/utskrift"),
    "statistics": Shot(WRITER, f"/kommune/{world.OSLO}/bosetting/statistikk"),
    "statistics-empty": Shot(EMPTY, f"/kommune/{world.BERGEN}/bosetting/statistikk"),
    "lists-empty": Shot(EMPTY, f"/kommune/{world.BERGEN}/bosetting/fordelinger"),
    "answer": Shot(WRITER, f"{LISTS}/{world.NEW}"),
    "answer-details": Shot(WRITER, f"{LISTS}/{world.NEW}", open_details),
    "answer-errors": Shot(WRITER, f"{LISTS}/{world.NEW}", ask_for_reasons),
    "answer-threads": Shot(WRITER, f"{LISTS}/{world.STARTED}"),
    "answer-question-errors": Shot(WRITER, f"{LISTS}/{world.NEW}", ask_nothing),
    "answer-household": Shot(WRITER, f"{LISTS}/{world.NEW}", decline_a_household),
    "answer-history": Shot(WRITER, f"{LISTS}/{world.STARTED}", open_history),
    "answer-overdue": Shot(WRITER, f"{LISTS}/{world.OVERDUE}"),
    "answer-over": Shot(MANY, f"/kommune/{world.SULA}/bosetting/fordelinger/{world.ROOMY}"),
    "answer-reader": Shot(READER, f"{LISTS}/{world.STARTED}"),
    "answer-large": Shot(WRITER, f"{LISTS}/{world.LARGE}"),
    "approved": Shot(WRITER, f"{LISTS}/{world.APPROVED}"),
    "answered": Shot(WRITER, f"{LISTS}/{world.ANSWERED}"),
    "receipt": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/kvittering"),
    "persons": Shot(WRITER, f"/kommune/{world.OSLO}/bosetting/personer"),
    "persons-empty": Shot(EMPTY, f"/kommune/{world.BERGEN}/bosetting/personer"),
    "household": Shot(WRITER, f"{LISTS}/FL-2026-000201/husstand/1"),
    "household-errors": Shot(WRITER, f"{LISTS}/FL-2026-000201/husstand/1", settle_wrongly),
    "household-settled": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/husstand/1"),
    "household-reader": Shot(READER, f"{LISTS}/FL-2026-000201/husstand/1"),
    "correction": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/personer/1/bosettingsdato", correct_wrongly),
    "folder": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/personer/1"),
    "folder-errors": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/personer/1", look_without_purpose),
    "folder-health": Shot(WRITER, f"{LISTS}/{world.ANSWERED}/personer/1", look_at_health),
    "folder-reader": Shot(READER, f"{LISTS}/{world.ANSWERED}/personer/2"),
    "choices": Shot(WRITER, f"/kommune/{world.OSLO}/varsler/valg"),
    "choices-errors": Shot(WRITER, f"/kommune/{world.OSLO}/varsler/valg", choose_nobodys),
    "operations": Shot(OPERATOR, "/drift"),
    "catalogue": Shot(OPERATOR, "/drift/meldinger"),
    "help": Shot(WRITER, "/hjelp"),
    "accessibility": Shot(None, "/tilgjengelighet"),
    "sessions": Shot(WRITER, "/innlogginger"),
    "not-found": Shot(WRITER, "/kommune/k-9999"),
    "login-failed": Shot(None, "/logg-inn/retur?code=x&state=y"),
}


def whole(page: Page, size: tuple[int, int]) -> None:
    """Make the window as high as the page: what sticks to its edge then stands where the page ends."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size[0], "height": max(size[1], height)})


def take(address: str, folder: Path, names: list[str], language: str) -> None:
    """Take the named shots, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    schemes: tuple[Scheme, ...] = ("light", "dark")
    wanted = {name: SHOTS[name] for name in names or SHOTS}
    with chromium() as browser:
        for user in dict.fromkeys(shot.user for shot in wanted.values()):
            for size_name, size in (("desktop", DESKTOP), ("phone", PHONE)):
                for scheme in schemes:
                    with opened(browser, address, size=size, scheme=scheme, language=language) as page:
                        if user:
                            log_in(page, user)
                        for name, shot in wanted.items():
                            if shot.user == user:
                                page.set_viewport_size({"width": size[0], "height": size[1]})
                                page.goto(shot.path)
                                shot.act(page)
                                page.evaluate("document.fonts.ready.then(() => true)")
                                whole(page, size)
                                page.screenshot(path=folder / f"{name}-{size_name}-{scheme}.png")


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("address", help="where the stage of tests.browser.stage.play is; for operations, a whole stack")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {' '.join(SHOTS)}")
    parser.add_argument("--language", choices=["nb", "nn", "en"], default="nb")
    given = parser.parse_args()
    take(given.address, given.folder, given.names, given.language)
