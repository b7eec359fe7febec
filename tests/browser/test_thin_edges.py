"""Where two things meet: news beside a warning, a session that ends under a form, the way back after sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import log_in, opened
from tests.browser.screenshots import LISTS, REPORTS
from tests.browser.stage import world
from tests.browser.stage.play import Stage
from tests.browser.stage.world import OSLO
from tests.browser.test_answering import WRITER, NewList, heading, open_list
from tests.browser.test_live_pages import SOON, listening

OLD = "UPDATE gateway.session SET created_at = now() - interval '7 hours 45 minutes'"
"""A quarter of an hour before its eight hours are over."""
APART = """
() => {
  document.querySelector("main > .ds-alert[data-color=warning]").scrollIntoView({ block: "nearest" });
  const [news, warning] = ["#nytt", "main > .ds-alert[data-color=warning]"].map((one) =>
    document.querySelector(one).getBoundingClientRect());
  return news.top >= warning.bottom || news.bottom <= warning.top || news.left >= warning.right;
}
"""


@pytest.mark.heavy
@pytest.mark.parametrize("size", [(1280, 900), (320, 640)], ids=["wide", "narrow"])
def test_news_come_beside_the_warning_of_the_sessions_end(
    playing: Stage, browser: Browser, new_list: NewList, size: tuple[int, int]
) -> None:
    """Both can be read, none lies over the other where one goes to it, and the focus stays where somebody types."""
    one = new_list()
    with opened(browser, playing.address, size=size) as page:
        log_in(page, WRITER)
        with psycopg.connect(playing.database_url) as connection:
            connection.execute(OLD)
        open_list(page, one)
        listening(page)
        page.locator("#beskjed").focus()
        playing.owner.say(one, 1, "Heis holder.", world.IMDI)
        expect(page.locator("#nytt")).to_contain_text("IMDi har skrevet", timeout=SOON)
        expect(page.locator("#beskjed")).to_be_focused()
        expect(page.get_by_text("åtte timer etter at du logget inn")).to_be_visible()
        assert page.evaluate(APART)


@pytest.mark.heavy
def test_the_way_back_after_sending_leads_to_what_is_so(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Back from the receipt: the list as it is answered, with nothing to send again; forward: the receipt."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        open_list(page, one)
        page.get_by_role("button", name="Godkjenn liste").click()
        heading(page, "Sjekk svaret før du sender det")
        page.get_by_role("button", name="Send svar").click()
        heading(page, "Svaret er sendt til IMDi")
        page.go_back()
        expect(page.get_by_text("Listen kan ikke endres")).to_be_visible()
        expect(page.get_by_role("button", name="Send svar")).to_have_count(0)
        page.go_forward()
        assert page.url.endswith("/kvittering")
        heading(page, "Svaret er sendt til IMDi")
    assert len(playing.owner.asked(one.state.list_id)) == 2


@dataclass(frozen=True)
class Form:
    """A form, what is typed by field, and its button. What is typed is wrong, so that it is shown again."""

    path: str
    typed: Mapping[str, str]
    button: str


HOUSEHOLD = f"{LISTS}/FL-2026-000202/husstand/1"
FOLDER = f"{LISTS}/{world.ANSWERED}/personer/1"
FORMS = (
    Form(f"{LISTS}/{world.NEW}", {"#beskjed": "Til IMDi", "#sporsmal": ""}, "Send spørsmålet"),
    Form(
        f"/kommune/{OSLO}/vedtak/{world.now().year}", {"#saksnummer": "2026/77", "#ordinare": ""}, "Registrer vedtaket"
    ),
    Form(f"{REPORTS}/boliger/ny", {"#omrade": "Nær skole"}, "Meld til IMDi"),
    Form(f"{REPORTS}/antall-plasser", {'input[id^="uke-"] >> nth=1': "seks"}, "Lagre og meld til IMDi"),
    Form(f"{REPORTS}/selvbosetting/ny", {"#adresse": "Gata 1"}, "Meld til IMDi"),
    Form(HOUSEHOLD, {"#dato": "2099-01-01"}, "Registrer bosettingen"),
    Form(f"{FOLDER}/bosettingsdato", {"#rettet-grunn": "Skrevet feil", "#rettet-dato": "2020-02-29"}, "Rett datoen"),
    Form(FOLDER, {"#formalstekst": "Finne tolk"}, "Vis helseopplysningene"),
)


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.path.rpartition("/")[2])
def test_a_form_outlives_its_session(playing: Stage, browser: Browser, form: Form) -> None:
    """The session ends, the form is sent: it stays; after a login in another tab it is sent again, whole."""
    with opened(browser, playing.address, scripts=False) as page:
        log_in(page, WRITER)
        page.goto(form.path)
        for field, value in form.typed.items():
            page.locator(field).fill(value)
        with psycopg.connect(playing.database_url) as connection:
            connection.execute("DELETE FROM gateway.session")
        page.get_by_role("button", name=form.button).click()
        heading(page, "Du er logget ut")
        with page.expect_popup() as opened_tab:
            page.get_by_role("link", name="Logg inn i en ny fane").click()
        tab = opened_tab.value
        tab.locator("button", has_text=WRITER).click()
        expect(tab.get_by_role("button", name="Logg ut")).to_be_visible()
        page.get_by_role("button", name="Send på nytt").click()
        for field, value in form.typed.items():
            expect(page.locator(field)).to_have_value(value)


@pytest.mark.heavy
def test_what_was_typed_is_saved_after_a_lost_session(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """The same form, sent again by who has logged in again, is the command that it was."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        open_list(page, one)
        page.locator("#beskjed").fill("Vi ringer i morgen")
        page.context.clear_cookies(name="okt")
        page.get_by_role("button", name="Lagre").click()
        heading(page, "Du er logget ut")
        tab = page.context.new_page()
        log_in(tab, WRITER)
        page.get_by_role("button", name="Send på nytt").click()
        expect(page.get_by_text("Lagret.")).to_be_visible()
        expect(page.locator("#beskjed")).to_have_value("Vi ringer i morgen")
    assert len(playing.owner.asked(one.state.list_id)) == 1
