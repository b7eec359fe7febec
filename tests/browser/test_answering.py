"""From the notice to the read-only list, as the user course shows it, in a browser."""

from __future__ import annotations

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from contracts.codes import DeclineReason
from contracts.distribution.v1 import ApproveList, SendAnswer
from tests.browser.browsing import log_in, opened
from tests.browser.stage.play import Stage
from tests.browser.stage.world import BERGEN, OSLO
from tests.browser.steps import (
    BOTH,
    BOTH_AT_ONCE,
    COLLEAGUE,
    ELSEWHERE,
    READER,
    WRITER,
    NewList,
    at_list,
    confirm_split,
    heading,
    open_list,
    page_of,
    shown_soon,
    unmark,
    until_so,
)


@BOTH_AT_ONCE
def test_a_list_is_answered_step_by_step(playing: Stage, browser: Browser, new_list: NewList, scripts: bool) -> None:
    """Notice, Kommuner, Fordelinger, details, unmark, reason, message, Godkjenn liste, Send svar, receipt, letters."""
    one = new_list()
    with opened(browser, playing.address, scripts=scripts) as page:
        page.goto("/")
        page.get_by_role("main").get_by_role("link", name="Logg inn").click()
        page.locator("button", has_text=WRITER).click()
        heading(page, "Arbeidsflate")
        open_list(page, one)
        page.get_by_role("link", name="Arbeidsflate").click()
        notice = page.locator(".notices > li", has_text=one.state.list_id)
        shown_soon(page, notice)
        expect(notice).to_contain_text("Ny fordelingsliste fra IMDi")

        page.get_by_role("navigation", name="Hovedmeny").get_by_role("link", name="Kommuner").click()
        heading(page, "Oslo kommune")
        page.get_by_role("navigation", name="Hovedmeny").get_by_role("link", name="Bosetting").click()
        heading(page, "Fordelinger")
        page.get_by_role("link", name=f"Oslo {one.state.list_id}").click()

        expect(page.locator("input.mark:checked")).to_have_count(4)
        page.get_by_text("Vis detaljer").first.click()
        expect(page.get_by_text("Apotekmedarbeider")).to_be_visible()
        expect(page.locator("#grunn-2")).to_be_hidden()
        unmark(page, 2)
        expect(page.locator("#grunn-2")).to_be_visible()
        page.locator("#beskjed").fill("Vi tar gjerne en til.")
        page.get_by_role("button", name="Godkjenn liste").click()

        summary = page.locator("ds-error-summary")
        expect(summary).to_contain_text("Person 2: velg hvorfor")
        if scripts:
            expect(summary).to_be_focused()
        summary.get_by_role("link", name="Person 2: velg hvorfor").click()
        expect(page.locator("#grunn-2")).to_be_focused()
        expect(page.locator("#beskjed")).to_have_value("Vi tar gjerne en til.")
        page.locator("#grunn-2").select_option("no_suitable_housing")
        confirm_split(page)
        page.get_by_role("button", name="Godkjenn liste").click()

        heading(page, "Sjekk svaret før du sender det")
        expect(page.locator(".summary")).to_contain_text("Vi har ikke egnet bolig")
        expect(page.locator(".summary")).to_contain_text("Vi tar gjerne en til.")
        page.get_by_role("button", name="Send svar").click()

        heading(page, "Svaret er sendt til IMDi")
        assert page.url.endswith("/kvittering")
        page.get_by_role("link", name="Se listen og brevene").click()
        expect(page.get_by_text("Listen kan ikke endres")).to_be_visible()
        assert page.locator("input.mark, main button").count() == 0
        shown_soon(page, page.get_by_role("link", name="Brev til person 1"))

    sent = [body for _, body in playing.owner.asked(one.state.list_id)]
    assert [type(body) for body in sent] == [ApproveList, SendAnswer]
    assert [decision.accept for decision in sent[0].decisions] == [True, False, True, True]
    assert sent[0].message == "Vi tar gjerne en til."


def test_places_count_along(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Unmarking somebody shows at once what the places become, for the kind of place the person takes."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        ordinary = page.locator(".ledger[data-kind=ordinary] .after")
        minors = page.locator(".ledger[data-kind=unaccompanied_minor] .after")
        before = (int(ordinary.inner_text()), int(minors.inner_text()))
        unmark(page, 1)
        unmark(page, 4)
        expect(ordinary).to_have_text(str(before[0] + 1))
        expect(minors).to_have_text(str(before[1] + 1))
        expect(page.locator(".running")).to_contain_text("2 bosettes, 2 bosettes ikke")
        page.get_by_label("Person 1", exact=True).check()
        expect(ordinary).to_have_text(str(before[0]))


@BOTH
def test_work_is_kept_and_continued(playing: Stage, browser: Browser, new_list: NewList, scripts: bool) -> None:
    """Lagre keeps marks, reasons and words, half finished too; a colleague goes on from there."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        unmark(page, 1)
        unmark(page, 3, DeclineReason.OTHER)
        page.locator("#tekst-3").fill("Fordi 😀")
        page.get_by_role("button", name="Lagre").click()
        expect(page.get_by_text("Lagret.")).to_be_visible()
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, COLLEAGUE)
        page.goto(page_of(one))
        expect(page.get_by_text("Sist lagret av Ingrid Haugen")).to_be_visible()
        expect(page.get_by_label("Person 1", exact=True)).not_to_be_checked()
        expect(page.locator("#grunn-3")).to_have_value("other")
        expect(page.locator("#tekst-3")).to_have_value("Fordi 😀")


def test_the_second_to_answer_is_told_who_was_first(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Two open the approved list; one answer is sent, the other caseworker hears by whom and when."""
    one = new_list()
    with ExitStack() as stack:
        first, second = (stack.enter_context(opened(browser, playing.address)) for _ in range(2))
        log_in(first, WRITER)
        log_in(second, COLLEAGUE)
        open_list(first, one)
        first.get_by_role("button", name="Godkjenn liste").click()
        heading(first, "Sjekk svaret før du sender det")
        second.goto(page_of(one))
        first.get_by_role("button", name="Send svar").click()
        heading(first, "Svaret er sendt til IMDi")
        second.get_by_role("button", name="Send svar").click()
        alert = second.get_by_role("alert")
        expect(alert).to_contain_text("Listen er allerede besvart")
        expect(alert).to_contain_text(re.compile(r"av Ingrid Haugen \d\d\.\d\d\.\d{4} kl\. \d\d\.\d\d"))
    assert sum(isinstance(body, SendAnswer) for _, body in playing.owner.asked(one.state.list_id)) == 2


@BOTH
def test_an_outcome_that_takes_long_is_waited_for(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """The page says that it checks, never that it failed, and goes on by itself."""
    one = new_list()
    with at_list(playing, browser, one, scripts=scripts) as page:
        playing.owner.silent = True
        try:
            page.get_by_role("button", name="Godkjenn liste").click()
            heading(page, "Vi vet ikke utfallet ennå")
        finally:
            playing.owner.silent = False
        expect(page.get_by_role("heading", name="Sjekk svaret før du sender det")).to_be_visible(timeout=15_000)


@pytest.mark.heavy
@BOTH
def test_too_much_at_once_costs_nobody_what_they_wrote(
    playing: Stage, browser: Browser, new_list: NewList, scripts: bool
) -> None:
    """While the owner is frozen and as many wait as may: 503, the form as it was; sent again it is taken."""
    *others, one = [new_list() for _ in range(5)]
    with opened(browser, playing.address, scripts=scripts) as page:
        log_in(page, WRITER)
        playing.owner.silent = True
        try:
            for other in others:
                open_list(page, other)
                page.get_by_role("button", name="Godkjenn liste").click()
                heading(page, "Vi vet ikke utfallet ennå")
            open_list(page, one)
            unmark(page, 2, DeclineReason.NO_HEALTH_SERVICES)
            confirm_split(page)
            page.locator("#beskjed").fill("Vi ringer i morgen")
            with page.expect_response(lambda response: response.request.method == "POST") as answered:
                page.get_by_role("button", name="Godkjenn liste").click()
            assert answered.value.status == 503
            assert int(answered.value.headers["retry-after"]) > 0
            heading(page, "Det er for mye på én gang akkurat nå")
            expect(page.locator("#beskjed")).to_have_value("Vi ringer i morgen")
            expect(page.get_by_label("Person 2", exact=True)).not_to_be_checked()
        finally:
            playing.owner.silent = False
        # Only when the gateway has heard of what it sent does it take more.
        until_so(playing.database_url, "SELECT count(*) = 0 FROM gateway.command_waiting")
        page.get_by_role("button", name="Godkjenn liste").click()
        expect(page.get_by_role("heading", name="Sjekk svaret før du sender det")).to_be_visible(timeout=15_000)
    assert playing.owner.lists[one.state.list_id].state.message == "Vi ringer i morgen"


def test_a_double_click_is_one_command(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Impatience sends the same command twice, and the owner knows it."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        page.get_by_role("button", name="Godkjenn liste").dblclick()
        heading(page, "Sjekk svaret før du sender det")
    ids = {identity for identity, _ in playing.owner.asked(one.state.list_id)}
    assert len(ids) == 1
    assert playing.owner.lists[one.state.list_id].version == 3


def test_an_approval_can_be_taken_back(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Before Send svar the list can be opened again, with everything as it was."""
    one = new_list()
    with at_list(playing, browser, one) as page:
        unmark(page, 2, DeclineReason.NO_HEALTH_SERVICES)
        confirm_split(page)
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Tilbake til behandling").click()
        expect(page.locator("#grunn-2")).to_have_value("no_health_services")


def test_a_reader_has_no_buttons(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Lesetilgang sees the list and its details."""
    one = new_list()
    with opened(browser, playing.address) as page:
        log_in(page, READER)
        open_list(page, one)
        expect(page.get_by_text("Du har lesetilgang")).to_be_visible()
        assert page.locator("main button, main input").count() == 0
        page.get_by_text("Vis detaljer").first.click()
        expect(page.get_by_text("Apotekmedarbeider")).to_be_visible()


def test_another_municipalitys_address_is_not_there(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """Bergen's caseworker finds no Oslo page, and no Oslo list under Bergen."""
    one = new_list()
    with at_list(playing, browser, one):
        pass
    with opened(browser, playing.address) as page:
        log_in(page, ELSEWHERE)
        for path in (page_of(one), f"/kommune/{OSLO}", page_of(one).replace(OSLO, BERGEN)):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 404
            heading(page, "Vi finner ikke siden")


def test_notices_are_marked_as_read(playing: Stage, browser: Browser, new_list: NewList) -> None:
    """A notice is unread until one says otherwise, for oneself."""
    one = new_list()
    with opened(browser, playing.address, scripts=False) as page:
        log_in(page, WRITER)
        open_list(page, one)
        page.goto(f"/kommune/{OSLO}/arbeidsflate")
        notice = page.locator(".notices > li", has_text=one.state.list_id)
        shown_soon(page, notice)
        expect(notice).to_have_class("unread")
        notice.get_by_role("button").click()
        page.goto(f"/kommune/{OSLO}/arbeidsflate?varsler=alle")
        expect(page.locator(".notices > li", has_text=one.state.list_id)).not_to_have_class("unread")


def test_a_letter_is_downloaded(playing: Stage, browser: Browser) -> None:
    """The PDF behind the link, for those who may see the list."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger/FL-2026-000105")
        href = page.get_by_role("link", name="Vedtak om bosetting").get_attribute("href")
        answer = page.request.get(f"{playing.address}{href}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.body().startswith(b"%PDF")


def test_logging_out_ends_it(playing: Stage, browser: Browser) -> None:
    """Afterwards a page asks to log in, and goes on to itself."""
    with opened(browser, playing.address) as page:
        log_in(page, WRITER)
        page.get_by_role("button", name="Logg ut").click()
        page.wait_for_load_state()
        page.goto(f"/kommune/{OSLO}/bosetting/fordelinger?status=open")
        page.locator("button", has_text=WRITER).click()
        page.wait_for_url(f"**/kommune/{OSLO}/bosetting/fordelinger?status=open")
