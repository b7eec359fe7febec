"""The main job, from IMDi's topic to the answered list with its letters, through all real parts, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from contracts.distribution.v1 import ListAnswered, ListReceived
from contracts.imdi.v1 import PublishDistributionList
from contracts.topics import TOPICS, Kind
from ops.testing.stacks import RunningStack
from ops.topics.records import held
from tests.browser.browsing import log_in, opened
from tests.browser.imdi import Imdi, now
from tests.browser.steps import BOTH_AT_ONCE

BERGEN, OSLO, SOGNDAL = "4601", "0301", "4640"
LISTS = "/kommune/k-{}/bosetting/fordelinger"

# A page is read again until it shows what it waits for: the condition, never a time, ends the wait.
PATIENCE = 90.0


@pytest.fixture(scope="module")
def imdi(stack: RunningStack) -> Imdi:
    """IMDi's systems, with this year's agreements of the municipalities that the tests use."""
    systems = Imdi(stack.environment["KAFKA_BOOTSTRAP_SERVERS"])
    for number in (BERGEN, OSLO, SOGNDAL):
        systems.agree(number, ordinary=40, minors=3)
    return systems


def until_shown(page: Page, text: str) -> None:
    """Load the page again until it shows a text."""
    reload_until(page, page.get_by_text(text).first.is_visible)


def reload_until(page: Page, holds: Callable[[], bool]) -> None:
    """Load the page again until something holds for it."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"still not so: {page.url}"
        page.wait_for_timeout(100)  # the press comes after all others, this page too
        page.reload()


def open_list(page: Page, number: str, body: PublishDistributionList) -> None:
    """Go the way of the user course: Bosetting, Fordelinger, the municipality's name."""
    page.goto(LISTS.format(number))
    until_shown(page, body.list_id)
    page.get_by_role("link", name=re.compile(body.list_id)).click()


def names_of(body: PublishDistributionList) -> list[str]:
    """List what nobody may see before acceptance."""
    return [
        text
        for person in body.persons
        for text in (
            person.identity.given_name,
            person.identity.duf_number,
            person.identity.identity_number or "",
            person.identity.birth_date.strftime("%d.%m.%Y"),
            person.identity.birth_date.isoformat(),
        )
    ]


def places_are_counted(page: Page) -> None:
    """Load the open list's page again until its places are in the sums: municipality tells them apart from the list."""
    reload_until(page, lambda: page.locator(".updating").count() == 0)


def left(page: Page, number: str) -> int:
    """Read the ordinary places left from Kommuner."""
    page.goto(f"/kommune/k-{number}")
    row = page.locator("tr", has=page.get_by_role("cell", name="Ordinære")).first
    text = row.get_by_role("cell").last.inner_text()
    return int(text.replace(" ", "").replace("\u00a0", "").replace("−", "-"))


MESSAGE = "Vi kan ta imot fra uke 3. <b>æøå</b> 🏡"


@BOTH_AT_ONCE
def test_a_list_is_answered_from_notice_to_letters(
    stack: RunningStack, imdi: Imdi, browser: Browser, scripts: bool
) -> None:
    """The user course from beginning to end, one person declined: ledger, answer, letters and the read-only list."""
    body = imdi.publish(BERGEN, persons=4)
    with opened(browser, stack.url, scripts=scripts) as page:
        log_in(page, "Anne Vik")
        until_shown(page, body.list_id)
        page.get_by_role("link", name="Kommuner", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bergen kommune")
        open_list(page, BERGEN, body)
        places_are_counted(page)
        before = left(page, BERGEN)
        open_list(page, BERGEN, body)
        everyone_is_marked_and_nobody_named(page, body)
        a_decline_without_reason_is_asked_about(page)
        page.locator("#grunn-1").select_option("no_suitable_housing")
        page.locator("#tekst-1").fill("Ingen ledig bolig uten trapper.")
        shared = confirmed_where_it_splits(page, body)
        approved_and_sent(page)
        page.get_by_role("link", name="Se listen og brevene").click()
        letters_can_be_read_and_nothing_edited(stack, page)
        places_are_counted(page)
        assert left(page, BERGEN) == before + (0 if body.persons[0].unaccompanied_minor else 1)
        page.goto(LISTS.format(BERGEN))
        row = page.get_by_role("row", name=re.compile(body.list_id))
        expect(row).to_contain_text("Besvart")
        expect(row).to_contain_text(now().strftime("%d.%m.%Y"))
    [answer] = imdi.answers(body.list_id)
    assert [person["accepted"] for person in answer["persons"]] == [False, True, True, True]
    assert answer["persons"][0]["reason"] == "no_suitable_housing"
    assert [split["reason"] for split in answer["splits"]] == (["others_may_follow"] if shared else [])
    assert (answer["message"], answer["answered_by"], answer["late"]) == (MESSAGE, "Anne Vik", False)


def everyone_is_marked_and_nobody_named(page: Page, body: PublishDistributionList) -> None:
    marks = page.get_by_role("checkbox", name=re.compile(r"Person \d+"))
    expect(marks).to_have_count(len(body.persons))
    for mark in marks.all():
        expect(mark).to_be_checked()
    shown = page.content()
    assert not [name for name in names_of(body) if name and name in shown]
    page.get_by_text("Vis detaljer").first.click()
    expect(page.get_by_text("Utdanning").first).to_be_visible()


def a_decline_without_reason_is_asked_about(page: Page) -> None:
    """Nothing goes on, the summary leads to the field, and what was typed stays."""
    page.get_by_role("checkbox", name="Person 1", exact=True).uncheck()
    page.get_by_role("textbox", name="Beskjed til IMDi").fill(MESSAGE)
    page.get_by_role("button", name="Godkjenn liste").click()
    summary = page.locator("ds-error-summary")
    expect(summary).to_contain_text("Person 1")
    summary.get_by_role("link", name=re.compile("^Person 1: velg hvorfor")).click()
    expect(page.locator("#grunn-1")).to_be_focused()
    expect(page.get_by_role("checkbox", name="Person 1", exact=True)).not_to_be_checked()
    expect(page.get_by_role("textbox", name="Beskjed til IMDi")).to_have_value(MESSAGE)


def confirmed_where_it_splits(page: Page, body: PublishDistributionList) -> bool:
    """Say that the household of person 1 is meant to be split, where others are in it; tells whether there are."""
    household = body.persons[0].household
    shared = sum(person.household == household for person in body.persons) > 1
    if shared:
        page.locator(f"#deling-{household}").check()
        page.locator(f"#delgrunn-{household}").select_option("others_may_follow")
    return shared


def approved_and_sent(page: Page) -> None:
    page.get_by_role("button", name="Godkjenn liste").click()
    expect(page.get_by_role("heading", name="Sjekk svaret før du sender det")).to_be_visible()
    expect(page.get_by_text("3 personer bosettes", exact=True)).to_be_visible()
    expect(page.get_by_text("Ingen ledig bolig uten trapper.").first).to_be_visible()
    page.get_by_role("button", name="Send svar").click()
    page.wait_for_url("**/kvittering")
    expect(page.get_by_role("heading", level=1)).to_have_text("Svaret er sendt til IMDi")


def letters_can_be_read_and_nothing_edited(stack: RunningStack, page: Page) -> None:
    """One placement decision and a letter to each of three persons; no mark and no button is left."""
    until_shown(page, "Brev til person 2")
    reload_until(page, lambda: page.get_by_text(re.compile("Lages nå|oppdateres")).count() == 0)
    letters = page.locator("ul.letters a")
    expect(letters).to_have_count(4)
    for letter in letters.all():
        answer = page.request.get(stack.url + (letter.get_attribute("href") or ""))
        assert answer.status == 200
        assert answer.body().startswith(b"%PDF-")
        assert "no-store" in answer.headers["cache-control"]
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("Godkjenn|Send|Lagre"))).to_have_count(0)


@pytest.mark.heavy
def test_a_second_answer_is_told_who_was_first_and_when(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """Two caseworkers have the approved list open; one answer goes, the other hears by whom and when."""
    body = imdi.publish(OSLO, persons=2)
    with opened(browser, stack.url) as first, opened(browser, stack.url) as second:
        log_in(first, "Ingrid Haugen")
        log_in(second, "Thomas Lie")
        open_list(first, OSLO, body)
        first.get_by_role("button", name="Godkjenn liste").click()
        expect(first.get_by_role("button", name="Send svar")).to_be_visible()
        open_list(second, OSLO, body)
        expect(second.get_by_role("button", name="Send svar")).to_be_visible()
        first.get_by_role("button", name="Send svar").click()
        first.wait_for_url("**/kvittering")
        second.get_by_role("button", name="Send svar").click()
        expect(second.get_by_text("Listen er allerede besvart")).to_be_visible()
        expect(second.get_by_role("alert").or_(second.locator(".ds-alert")).first).to_contain_text(
            re.compile(r"Ingrid Haugen.*\d\d\.\d\d\.\d{4} kl\. \d\d\.\d\d")
        )
    assert len(imdi.answers(body.list_id)) == 1


@pytest.mark.heavy
def test_what_a_colleague_changed_meanwhile_is_not_overwritten(
    stack: RunningStack, imdi: Imdi, browser: Browser
) -> None:
    """Two have the form open; the second to save is told, sees both, and what was typed stays in the form."""
    body = imdi.publish(OSLO, persons=2)
    with opened(browser, stack.url) as first, opened(browser, stack.url) as second:
        log_in(first, "Ingrid Haugen")
        log_in(second, "Thomas Lie")
        open_list(first, OSLO, body)
        open_list(second, OSLO, body)
        first.get_by_role("textbox", name="Beskjed til IMDi").fill("Fra Ingrid")
        first.get_by_role("button", name="Lagre").click()
        expect(first.get_by_text("Lagret.")).to_be_visible()
        second.get_by_role("textbox", name="Beskjed til IMDi").fill("Fra Thomas")
        second.get_by_role("button", name="Lagre").click()
        expect(second.get_by_role("heading", name="En kollega har endret det samme som du")).to_be_visible()
        expect(second.get_by_text("Lagret nå, av Ingrid Haugen")).to_contain_text("Fra Ingrid")
        expect(second.get_by_role("textbox", name="Beskjed til IMDi")).to_have_value("Fra Thomas")
        first.reload()
        expect(first.get_by_role("textbox", name="Beskjed til IMDi")).to_have_value("Fra Ingrid")


@pytest.mark.heavy
def test_an_approved_list_can_go_back_before_it_is_sent(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """Godkjenn liste sends nothing: the list can be taken back, changed, and approved again."""
    body = imdi.publish(SOGNDAL, persons=2)
    with opened(browser, stack.url) as page:
        log_in(page, "Sigrid Fjære")
        open_list(page, SOGNDAL, body)
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Tilbake til behandling").click()
        page.get_by_role("textbox", name="Beskjed til IMDi").fill("Nå er vi sikre.")
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").click()
        page.wait_for_url("**/kvittering")
    [answer] = imdi.answers(body.list_id)
    assert answer["message"] == "Nå er vi sikre."


def test_another_municipalitys_pages_are_not_found(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """Who has no right in a municipality gets the page of what does not exist, for lists and for the municipality."""
    body = imdi.publish(BERGEN, persons=1)
    with opened(browser, stack.url) as page:
        log_in(page, "Anne Vik")
        open_list(page, BERGEN, body)
    with opened(browser, stack.url) as page:
        log_in(page, "Sigrid Fjære")
        paths = [f"{LISTS.format(BERGEN)}/{body.list_id}", LISTS.format(BERGEN), f"/kommune/k-{BERGEN}"]
        # A list of another municipality is not found under one's own either.
        paths += [f"{LISTS.format(SOGNDAL)}/{body.list_id}", "/kommune/k-9999", f"{LISTS.format(SOGNDAL)}/FL-NO-SUCH"]
        bodies = set()
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 404, path
            assert body.list_id not in page.locator("main").inner_text()
            bodies.add(page.locator("h1").inner_text())
        assert len(bodies) == 1


def test_a_reader_sees_everything_and_can_send_nothing(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """bosetter-les opens the list without buttons; a form sent all the same is refused and changes nothing."""
    body = imdi.publish(OSLO, persons=2)
    with opened(browser, stack.url) as page:
        log_in(page, "Marit Dahl")
        open_list(page, OSLO, body)
        expect(page.get_by_text("Du har lesetilgang")).to_be_visible()
        expect(page.get_by_text("Person 1", exact=True).first).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("Godkjenn|Lagre|Send"))).to_have_count(0)
        token = page.locator("input[name=_csrf_token]").first.get_attribute("value") or ""
        answer = page.request.post(
            f"{stack.url}{LISTS.format(OSLO)}/{body.list_id}/svar",
            form={"_csrf_token": token, "versjon": "1", "handling": "godkjenn", "bosett-1": "ja", "bosett-2": "ja"},
        )
        assert answer.status == 403
        page.reload()
        expect(page.get_by_text("Ny", exact=True).first).to_be_visible()


def test_no_log_and_no_event_names_a_person(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """Names, numbers and words typed on persons are in no log and on no events topic, after the whole flow."""
    body = imdi.publish(BERGEN, persons=2)
    with opened(browser, stack.url) as page:
        log_in(page, "Anne Vik")
        open_list(page, BERGEN, body)
        page.get_by_role("checkbox", name="Person 1", exact=True).uncheck()
        page.locator("#grunn-1").select_option("other")
        page.locator("#tekst-1").fill("Markørgrunn Ølsnes")
        confirmed_where_it_splits(page, body)
        page.get_by_role("textbox", name="Beskjed til IMDi").fill("Markørbeskjed Ølsnes")
        page.get_by_role("button", name="Godkjenn liste").click()
        page.get_by_role("button", name="Send svar").click()
        page.wait_for_url("**/kvittering")
    [answer] = imdi.answers(body.list_id)
    assert answer["persons"][0]["reason_text"] == "Markørgrunn Ølsnes"
    markers = [marker.encode() for marker in names_of(body) if len(marker) > 4]
    markers += [person.identity.family_name.encode() for person in body.persons]
    markers += ["Ølsnes".encode(), b"\\u00d8lsnes"]
    for log in sorted((stack.data_dir / "logs").glob("*.log")):
        content = log.read_bytes()
        assert not [marker for marker in markers if marker in content], log.name
    events = [topic.name for topic in TOPICS if topic.kind in {Kind.EVENTS, Kind.FAILURES}]
    records = held(imdi.bootstrap, *events)
    for record in records:
        said = b"".join([record.key or b"", record.value or b"", *(value for _name, value in record.headers)])
        assert not [marker for marker in markers if marker in said], record.topic
    told = {record.header("ce_type") for record in records if record.header("ce_subject") == body.list_id}
    assert {ListReceived.message_type, ListAnswered.message_type} <= told


@pytest.mark.heavy
def test_a_year_goes_from_request_to_ledger(stack: RunningStack, imdi: Imdi, browser: Browser) -> None:
    """IMDi asks, the municipality resolves on the page, IMDi asks for more; a list's lines add up to what is left."""
    year = now().year + 1
    imdi.request(SOGNDAL, year, ordinary=50, minors=4)
    with opened(browser, stack.url) as page:
        log_in(page, "Sigrid Fjære")
        page.goto(f"/kommune/k-{SOGNDAL}/arbeidsflate")
        until_shown(page, f"Anmodningen for {year} venter på vedtak")
        page.get_by_role("link", name=f"Registrer vedtak for {year}").click()
        page.get_by_label("Ordinære plasser", exact=True).fill("45")
        page.get_by_label("Plasser for enslige mindreårige (EM)").fill("0")
        page.get_by_label("Vedtaksdato").fill(now().date().isoformat())
        page.get_by_label("Saksnummer").fill("2026/77")
        page.get_by_role("button", name="Registrer vedtaket").click()
        expect(page.get_by_text(f"Vedtaket for {year} er registrert.")).to_be_visible()
        imdi.request(SOGNDAL, year, ordinary=60, minors=4)
        until_shown(page, "IMDi har endret anmodningen siden vedtaket")
        history = page.locator("section.agreement", has=page.locator(f"#ar-{year}")).locator(".timeline li")
        assert [("60 + 4" in text, "45 + 0" in text) for text in history.all_inner_texts()] == [
            (True, False), (False, True), (False, False),
        ]  # fmt: skip

        body = imdi.publish(SOGNDAL, persons=4)
        ordinary = sum(not person.unaccompanied_minor for person in body.persons)
        page.goto(f"/kommune/k-{SOGNDAL}/plassregnskap")
        until_shown(page, body.list_id)
        line = page.locator("tbody tr", has_text=body.list_id)
        expect(line).to_contain_text("Forespurt")
        expect(line).to_contain_text(f"+{ordinary}")
        shown = page.locator(".sums dd").last.inner_text()
        expect(page.locator("tbody tr").first.locator("td").last).to_have_text(shown)
        page.goto(f"/kommune/k-{SOGNDAL}")
        expect(page.locator(".ledger .left strong").first).to_have_text(shown)
