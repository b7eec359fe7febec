"""Every page by its address, as a browser gets it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.codes import (
    DeclineReason,
    DispatchFailure,
    DispatchStatus,
    LetterKind,
    ListStatus,
    NoticeKind,
    PersonStatus,
    Role,
)
from contracts.distribution.v1 import ApproveList, DraftDecision, ReturnToTreatment, SaveDecisions, SendAnswer
from contracts.letters.v1 import Dispatch, DispatchStep, Document, LetterState
from contracts.notification.v1 import MarkNoticesRead, NoticeState
from gateway.commands.outcomes import Outcome
from gateway.pages.format import day
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, READER, act, ledger, one_list, person, user

ROOT = f"/kommune/{OSLO}"
PAGE = f"{ROOT}/bosetting/fordelinger/{LIST}"
FORM = {"skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11", "versjon": "1"}
ALL_MARKED = FORM | {"bosett-1": "ja", "bosett-2": "ja", "bosett-3": "ja"}
LETTER = "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22"


def desktop(found: object = None, **parts: object) -> Desktop:
    kept = found or one_list()
    return Desktop(user(), FakeReader({LIST: kept}), **parts)  # type: ignore[arg-type, dict-item]


def approved() -> object:
    return one_list(status=ListStatus.APPROVED, approved=act(), changed=act(), version=4)


def answered(**changes: object) -> object:
    placed = person(1, status=PersonStatus.PLACED, placed_on=date(2026, 11, 24))
    declined = person(
        2,
        status=PersonStatus.DECLINED,
        decision=DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY),
    )
    return one_list(
        placed,
        declined,
        status=ListStatus.ANSWERED,
        answered=act("Ola Dahl"),
        accepted=1,
        declined=1,
        version=6,
        **changes,
    )


def test_the_answering_page_has_what_one_decides_by() -> None:
    """Resolution and places left, everyone marked, short information, details, reasons, message, both buttons."""
    text = desktop().get(PAGE).text
    assert text.count("checked") == 3
    assert text.count("Vis detaljer") == 3
    assert text.count('<option value="no_suitable_housing"') == 3 + 1  # and one for the household of two
    for words in (
        "Vedtak og plasser 2026",
        "Beskjed til IMDi",
        "Lagre",
        "Godkjenn liste",
        "7 dager igjen",
        "Syria",
        "arabisk",
    ):
        assert words in text


def test_a_decline_without_reason_comes_back_with_everything_typed() -> None:
    """422, an error summary whose links point at the fields, and no word lost."""
    form = FORM | {"bosett-1": "ja", "tekst-2": "Bare tekst", "beskjed": "Husk meg", "handling": "godkjenn"}
    answer = desktop().post(f"{PAGE}/svar", form)
    assert answer.status_code == 422
    assert '<a class="ds-link" href="#grunn-2">' in answer.text
    assert 'id="grunn-2"' in answer.text
    assert "Bare tekst" in answer.text
    assert "Husk meg" in answer.text
    assert re.search(r'id="bosett-2"[^>]*>', answer.text)
    assert answer.text.count("checked") == 1


def test_saving_sends_a_draft() -> None:
    """Lagre keeps decisions that still lack reasons, and comes back to the list."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    answer = found.post(f"{PAGE}/svar", FORM | {"bosett-1": "ja", "handling": "lagre"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?lagret=1&fra=1")
    body = found.desk.sent[0].body
    assert isinstance(body, SaveDecisions)
    assert [decision.accept for decision in body.decisions] == [True, False, False]


def test_approving_sends_what_was_reviewed() -> None:
    """Godkjenn liste names the version that was looked at, every decision, and who asks as what."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    answer = found.post(f"{PAGE}/svar", ALL_MARKED | {"beskjed": "Hei", "handling": "godkjenn"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    body = found.desk.sent[0].body
    assert isinstance(body, ApproveList)
    assert (body.expected_version, body.message, len(body.decisions)) == (1, "Hei", 3)
    assert (body.actor.user_id, body.actor.display_name) == ("u-1", "Kari Nordmann")


def test_a_double_submit_is_the_same_command() -> None:
    """The id comes from the form, so the owner knows the second for a repeat."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    for _ in range(2):
        found.post(f"{PAGE}/svar", ALL_MARKED | {"handling": "godkjenn"})
    assert len({command.command_id for command in found.desk.sent}) == 1


def test_the_approved_list_is_checked_before_it_is_sent() -> None:
    """A summary with both ways on; nothing to edit."""
    text = desktop(approved()).get(PAGE).text
    for words in (
        "Sjekk svaret før du sender det",
        "Ingenting er sendt til IMDi ennå",
        "Send svar",
        "Tilbake til behandling",
    ):
        assert words in text
    assert 'type="checkbox"' not in text


def test_sending_leads_to_the_receipt() -> None:
    """Send svar names the approved version and when the gateway took it."""
    found = desktop(approved(), desk=FakeDesk(Outcome(LIST, 6)))
    answer = found.post(f"{PAGE}/send", FORM | {"versjon": "4"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/kvittering")
    body = found.desk.sent[0].body
    assert isinstance(body, SendAnswer)
    assert (body.expected_version, body.accepted_at) == (4, NOW)


def test_an_approval_can_be_taken_back() -> None:
    """Tilbake til behandling opens the list again."""
    found = desktop(approved(), desk=FakeDesk(Outcome(LIST, 5)))
    answer = found.post(f"{PAGE}/tilbake", FORM | {"versjon": "4"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert isinstance(found.desk.sent[0].body, ReturnToTreatment)


@pytest.mark.parametrize("step", ["send", "tilbake"])
def test_a_step_asks_only_whether_the_list_is_there(step: str) -> None:
    """Who sends waits for no persons, letters or messages to be read; a list that is not there is not found."""
    found = desktop(approved(), desk=FakeDesk(Outcome(LIST, 5)))
    assert found.post(f"{PAGE}/{step}", FORM | {"versjon": "4"}).status_code == 303
    assert found.reader.whole_lists_read == 0
    assert found.post(f"{PAGE}X/{step}", FORM | {"versjon": "4"}).status_code == 404
    assert len(found.desk.sent) == 1


@pytest.mark.parametrize("step", ["svar", "send", "tilbake"])
@pytest.mark.parametrize("version", ["9" * 5_000, "-1", "٤", ""])
def test_a_version_nobody_has_is_left_to_the_owner_to_refuse(step: str, version: str) -> None:
    """However odd or long the field is, the command names version 0, and the page tells of the conflict."""
    found = desktop(approved(), desk=FakeDesk(Outcome(LIST, 4, "version-conflict", {})))
    answer = found.post(f"{PAGE}/{step}", ALL_MARKED | {"versjon": version})
    assert answer.status_code == 409
    assert [command.body.expected_version for command in found.desk.sent] == [0]  # type: ignore[attr-defined]


def test_an_answered_list_is_for_reading() -> None:
    """No form but logging out and the language; decisions, who answered, and places that still update are plain."""
    text = desktop(answered(places_version=9)).get(PAGE).text
    assert re.findall(r'action="([^"]+)"', text) == ["/logg-ut", "/sprak"]
    for words in ("Sendt av Ola Dahl", "Hensyn til sikkerhet", "Søkt ut", "Plassene oppdateres"):
        assert words in text


def test_who_is_settled_is_counted_once_among_the_placed() -> None:
    """The list counts a settled person as placed too: the page shows one placed person, not two."""
    text = desktop(answered(placed=1, settled=1)).get(PAGE).text
    assert re.search(r"<dt>Søkt ut</dt><dd>(\d+)</dd>", text).group(1) == "1"  # type: ignore[union-attr]


def test_the_receipt_exists_once_there_is_an_answer() -> None:
    """Before that its address leads to the list."""
    assert "Svaret er sendt til IMDi" in desktop(answered()).get(f"{PAGE}/kvittering").text
    assert desktop().get(f"{PAGE}/kvittering").headers["location"] == PAGE


def test_who_comes_second_is_told_who_was_first() -> None:
    """409 with name and time, the list as it stands now, and what one had filled in."""
    refused = Outcome(LIST, 6, "already-answered", {"by": "Ola Dahl", "at": "2026-11-24T10:30:00+01:00"})
    found = desktop(answered(), desk=FakeDesk(refused))
    answer = found.post(f"{PAGE}/svar", ALL_MARKED | {"beskjed": "Min beskjed", "handling": "godkjenn"})
    assert answer.status_code == 409
    for words in (
        "Listen er allerede besvart",
        "av Ola Dahl 24.11.2026 kl. 10.30",
        "Dette hadde du fylt ut",
        "Min beskjed",
    ):
        assert words in answer.text


def test_a_conflict_keeps_the_input_and_shows_the_other() -> None:
    """Never silently overwritten: one's own marks stay, the other's stand beside, the next try names the new one."""
    theirs = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY)
    now = one_list(person(1), person(2, decision=theirs), changed=act("Ola Dahl"), version=7, message="Deres")
    refused = Outcome(LIST, 7, "version-conflict", {"by": "Ola Dahl", "at": "2026-11-24T10:30:00+01:00"})
    found = desktop(now, desk=FakeDesk(refused))
    answer = found.post(
        f"{PAGE}/svar", FORM | {"bosett-1": "ja", "bosett-2": "ja", "beskjed": "Min", "handling": "lagre"}
    )
    assert answer.status_code == 409
    assert "Listen er endret siden du åpnet den" in answer.text
    assert "bosettes ikke – hensyn til sikkerhet" in answer.text
    assert "Lagret nå: <bdi>Deres</bdi>" in answer.text
    assert ">\nMin</textarea>" in answer.text
    assert 'name="versjon" value="7"' in answer.text
    assert FORM["skjema"] not in answer.text


def test_a_broker_that_is_away_loses_no_word() -> None:
    """503, and the form as it was typed."""
    found = desktop(desk=FakeDesk(broker=False))
    answer = found.post(f"{PAGE}/svar", ALL_MARKED | {"beskjed": "Husk meg", "handling": "lagre"})
    assert answer.status_code == 503
    assert "Vi får ikke sendt det akkurat nå" in answer.text
    assert ">\nHusk meg</textarea>" in answer.text


def test_an_unknown_outcome_is_never_called_a_failure() -> None:
    """After the bound a page says that it checks, and goes on by itself when the outcome is there."""
    found = desktop(desk=FakeDesk(None))
    answer = found.post(f"{PAGE}/svar", ALL_MARKED | {"handling": "godkjenn"})
    waiting = answer.headers["location"]
    assert (answer.status_code, waiting) == (303, f"{ROOT}/kommando/{found.desk.sent[0].command_id}")
    page = found.get(waiting)
    assert page.status_code == 200
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert "checking.js" in page.text
    assert "Vi vet ikke utfallet ennå" in page.text
    found.desk.outcome = Outcome(LIST, 3)
    assert found.get(waiting).headers["location"] == PAGE
    found.desk.outcome = Outcome(LIST, 3, "version-conflict", {})
    assert found.get(waiting).status_code == 409


def test_a_reader_sees_everything_and_has_no_button() -> None:
    """Lesetilgang: the whole list, no form; a post is refused by the server."""
    found = Desktop(user(READER), FakeReader({LIST: one_list()}), desk=FakeDesk(Outcome(LIST, 3)))
    page = found.get(PAGE)
    assert "Du har lesetilgang" in page.text
    assert page.text.count("Vis detaljer") == 3
    assert re.findall(r'action="([^"]+)"', page.text) == ["/logg-ut", "/sprak"]
    for path in (f"{PAGE}/svar", f"{PAGE}/send", f"{PAGE}/tilbake"):
        assert found.post(path, ALL_MARKED).status_code == 403
    assert found.desk.sent == []


def test_a_reader_marks_their_own_notices_read() -> None:
    """A notice is read or unread per user: a reader has the button, and the command names them as reader."""
    told = [
        NoticeState(
            notice_id=identity, municipality_id=OSLO, kind=NoticeKind.LIST_RECEIVED, list_id=LIST, posted_at=NOW
        )
        for identity in ("n-1", "n-2")
    ]
    found = Desktop(user(READER), FakeReader(notices=told), desk=FakeDesk(Outcome(OSLO, None)))
    page = found.get(f"{ROOT}/arbeidsflate").text
    assert "2 uleste" in page
    assert page.count(f'action="{ROOT}/varsler/lest"') == 3
    answer = found.post(f"{ROOT}/varsler/lest", FORM | {"varsel": "n-1"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/arbeidsflate")
    [body] = [command.body for command in found.desk.sent]
    assert isinstance(body, MarkNoticesRead)
    assert (body.notice_ids, body.actor.role) == (["n-1"], Role.SETTLEMENT_READER)


def test_a_letter_is_sent_to_nobody_else_and_not_kept() -> None:
    """The PDF of one's own list, not stored on the way; another list's letter is not there."""
    document = Document(object_key="letters/x.pdf", sha256="0" * 64, size=4, created_at=NOW)
    state = LetterState(
        letter_id=LETTER,
        municipality_id=OSLO,
        list_id=LIST,
        kind=LetterKind.PLACEMENT_DECISION,
        planned_at=NOW,
        document=document,
    )
    found = Desktop(user(), FakeReader({LIST: answered()}, {LETTER: state}))  # type: ignore[dict-item]
    answer = found.get(f"{PAGE}/brev/{LETTER}.pdf")
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    for name in ("x.pdf", f"{LETTER}", f"{LETTER[:-1]}3.pdf", "..%2f..%2fetc%2fpasswd.pdf"):
        assert found.get(f"{PAGE}/brev/{name}").status_code == 404


def sent_letter(number: int, dispatch: Dispatch | None) -> LetterState:
    document = Document(object_key="letters/x.pdf", sha256="0" * 64, size=4, created_at=NOW)
    return LetterState(
        letter_id=f"{LETTER[:-1]}{number}",
        municipality_id=OSLO,
        list_id=LIST,
        running_number=number or None,
        kind=LetterKind.LETTER_TO_PERSON if number else LetterKind.PLACEMENT_DECISION,
        planned_at=NOW,
        document=document,
        dispatch=dispatch,
    )


def test_the_answered_list_tells_where_its_letters_are() -> None:
    """Each letter has its status with the day; what went wrong is said; the last step is on the timeline."""
    later = NOW + timedelta(days=1)
    steps = [DispatchStep(status=DispatchStatus.NOTIFIED, at=NOW), DispatchStep(status=DispatchStatus.READ, at=later)]
    read = Dispatch(status=DispatchStatus.READ, reference="r", handed_over_at=NOW, history=steps)
    refused = Dispatch(failure=DispatchFailure.REFUSED)
    with_letters = answered()
    assert isinstance(with_letters, OneList)
    letters = (sent_letter(0, read), sent_letter(1, refused), sent_letter(2, None))
    text = desktop(replace(with_letters, letters=letters)).get(PAGE).text
    assert f"Lest {day(later)}" in text
    assert re.findall(r"<li>(Sendt|Mottakeren er varslet|Lest) ", text) == ["Sendt", "Mottakeren er varslet", "Lest"]
    assert "Kunne ikke sendes" in text
    assert "Ikke sendt ennå" in text
    assert "Noen av brevene er sendt" in text
    text = desktop(replace(with_letters, letters=(sent_letter(0, read),))).get(PAGE).text
    assert "Alle brev er lest eller sendt på papir" in text


@pytest.mark.parametrize("path", ["", "/arbeidsflate", "/bosetting/fordelinger"])
def test_a_municipality_without_anything_gets_pages_that_explain(path: str) -> None:
    """An empty state says what will come there."""
    answer = Desktop(user()).get(f"{ROOT}{path}")
    assert answer.status_code == 200
    assert "Når IMDi" in answer.text


def test_no_resolution_is_told_apart_from_none_taken() -> None:
    """A missing resolution is a warning, not a zero."""
    found = one_list(year=ledger(agreed=None))
    assert "Kommunen har ikke registrert vedtak for 2026" in desktop(found).get(PAGE).text


def test_help_ends_with_where_to_ask() -> None:
    """As the course closes: contact and links; also for who is not logged in."""
    text = Desktop().get("/hjelp").text
    assert "Kontakt" in text
    assert "https://www.imdi.no/imdinett/bosetting" in text


def test_what_was_typed_is_text_and_never_markup() -> None:
    """Everything shown is escaped."""
    nasty = "<script>alert(1)</script>"
    found = one_list(person(1, needs_note=nasty, occupation=nasty), message=nasty)
    text = desktop(found).get(PAGE).text
    assert nasty not in text
    assert text.count("&lt;script&gt;alert(1)") == 3


def test_a_list_of_sixty_is_light_on_the_wire() -> None:
    """Sixty persons with their forms come packed, in less than a photograph of them would take."""
    found = one_list(*(person(number, number // 4 + 1) for number in range(1, 61)))
    answer = desktop(found).get(PAGE)
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 25_000
    assert answer.text.count("Vis detaljer") == 60
