"""Asking IMDi from a list's page: what is sent, what is asked to be mended, and that nothing typed is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.codes import ListStatus, WithdrawalReason
from contracts.distribution.threads_v1 import AskQuestion, ThreadMessageState
from contracts.distribution.v1 import Withdrawal
from gateway.auth.users import User
from gateway.commands.desk import Kind
from gateway.commands.outcomes import Outcome
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, READER, act, one_list, user

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
ASK = f"{PAGE}/sporsmal"
SHEET = {"skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11", "versjon": "1"}
MARKS = {"svarskjema": "ja", "bosett-1": "ja", "bosett-2": "ja", "bosett-3": "ja"}
QUESTION = {"gjelder": "2", "sporsmal": "Holder det med heis?"}
ASKED = Outcome(LIST, 2)


def written(number: int, about: int | None, text: str, *, by_imdi: bool = False) -> ThreadMessageState:
    author = act("IMDi" if by_imdi else "Kari Nordmann", NOW + timedelta(minutes=number))
    return ThreadMessageState(
        list_id=LIST,
        municipality_id=OSLO,
        number=number,
        running_number=about,
        by_imdi=by_imdi,
        written=author,
        text=text,
    )


CONVERSATION = (
    written(1, 2, "Holder det med heis?"),
    written(2, None, "Kan alle komme i uke 3?"),
    written(3, 2, "Ja, heis holder.", by_imdi=True),
)


def asked_about(status: ListStatus = ListStatus.RECEIVED, **changes: object) -> OneList:
    """Give a list with a conversation: a reply about person 2, nothing yet about the list as a whole."""
    found = one_list(status=status, messages=3, awaiting_reply=1, **changes)
    return replace(found, messages=CONVERSATION)


def desktop(found: OneList, *outcomes: Outcome, who: User | None = None) -> Desktop:
    return Desktop(who or user(), FakeReader({LIST: found}), desk=FakeDesk(*outcomes))


def words(html: str) -> str:
    return " ".join(html.split())


@pytest.mark.parametrize("status", [ListStatus.RECEIVED, ListStatus.APPROVED, ListStatus.ANSWERED])
def test_the_print_has_the_questions_and_replies(status: ListStatus) -> None:
    """Each with who wrote it, under whom it is about; nothing to fill in."""
    text = words(desktop(asked_about(status)).get(f"{PAGE}/utskrift").text)
    for said in (
        "Holder det med heis?",
        "Kan alle komme i uke 3?",
        "Ja, heis holder.",
        "Om person 2",
        "Om hele listen",
    ):
        assert said in text
    assert "<textarea" not in text
    assert "Still et spørsmål" not in text
    without = desktop(one_list()).get(f"{PAGE}/utskrift").text
    assert "Spørsmål til IMDi" not in without


def test_the_page_shows_the_threads_and_that_the_clock_runs() -> None:
    """Each thread by itself, who wrote and when; what waits for IMDi says so; the days left stand beside it."""
    text = words(desktop(asked_about()).get(PAGE).text)
    threads = text[text.index('id="sporsmal-og-svar"') :]
    assert threads.index("Om hele listen") < threads.index("Om person 2")
    assert "Svarfristen løper mens dere venter på svar:" in threads
    assert "7 dager igjen" in threads
    assert threads.count("Venter på svar fra IMDi") == 1
    assert "Ja, heis holder." in threads
    assert "3 meldinger, 1 spørsmål venter på svar fra IMDi" in text
    assert "Les hva IMDi har skrevet om person 2" in text
    assert "Spørsmål hos IMDi" in desktop(asked_about()).get(PAGE.rpartition("/")[0]).text


def test_a_question_is_sent_and_the_page_shows_it() -> None:
    """About the person that was chosen; sent again from the same form it is the same command."""
    found = desktop(one_list(), ASKED)
    answers = [found.post(ASK, SHEET | MARKS | QUESTION) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == f"{PAGE}?spurt=1#sporsmal-og-svar"
    first, second = found.desk.sent
    assert first.command_id == second.command_id
    assert (first.kind, first.subject) == (Kind.ASK, LIST)
    assert isinstance(first.body, AskQuestion)
    assert (first.body.running_number, first.body.text) == (2, "Holder det med heis?")
    assert "Spørsmålet er sendt til IMDi." in found.get(f"{PAGE}?spurt=1").text


def test_of_the_whole_list_is_asked_without_a_number() -> None:
    """As the form is when it is opened."""
    found = desktop(one_list(), ASKED)
    found.post(ASK, SHEET | MARKS | {"gjelder": "", "sporsmal": "Kan alle komme i uke 3?"})
    body = found.desk.sent[0].body
    assert isinstance(body, AskQuestion)
    assert body.running_number is None


def test_asking_loses_nothing_of_the_answer_that_is_being_filled_in() -> None:
    """Unsaved marks, reasons and message come back in the form, and the page says that they are not saved."""
    found = desktop(one_list(), ASKED)
    typed = {"bosett-1": "ja", "bosett-3": "ja", "grunn-2": "other", "tekst-2": "Ring oss.", "beskjed": "Hei"}
    answer = found.post(ASK, SHEET | QUESTION | {"svarskjema": "ja"} | typed)
    assert answer.status_code == 200
    assert "Spørsmålet er sendt til IMDi." in answer.text
    assert "er ikke lagret ennå" in answer.text
    assert "Ring oss.</textarea>" in answer.text
    assert "Hei</textarea>" in answer.text
    assert 'name="versjon" value="1"' in answer.text
    assert ">\n</textarea>" in answer.text[answer.text.index('id="sporsmal"') :]


@pytest.mark.parametrize(
    ("question", "field", "text"),
    [
        ({"gjelder": "2", "sporsmal": "  \n"}, "sporsmal", "skriv hva dere lurer på"),
        ({"gjelder": "2"}, "sporsmal", "skriv hva dere lurer på"),
        ({"gjelder": "9", "sporsmal": "Hei?"}, "gjelder", "velg hva spørsmålet gjelder"),
        ({"gjelder": "x", "sporsmal": "Hei?"}, "gjelder", "velg hva spørsmålet gjelder"),
        ({"gjelder": "", "sporsmal": "a" * 10_001}, "sporsmal", "er for lang: 10001 tegn"),
        ({"gjelder": "", "sporsmal": "Hei\x00?"}, "sporsmal", "har et tegn som ikke kan lagres"),
    ],
    ids=["blank", "none", "no such person", "no number", "too long", "NUL"],
)
def test_a_wrong_question_is_asked_to_be_mended(question: dict[str, str], field: str, text: str) -> None:
    """An error summary that leads to the field; what was typed stays; nothing is sent."""
    found = desktop(one_list(), ASKED)
    answer = found.post(ASK, SHEET | MARKS | question | {"beskjed": "Hei til slutt"})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert text in answer.text
    assert 'aria-invalid="true"' in answer.text[answer.text.index(f'id="{field}"') :].split(">")[0]
    assert "Hei til slutt</textarea>" in answer.text
    assert found.desk.sent == []


@pytest.mark.parametrize("button", ["lagre", "godkjenn"])
def test_an_answer_is_not_saved_over_a_question_that_was_not_sent(button: str) -> None:
    """It would be gone from the page: it is to be sent or emptied first."""
    found = desktop(one_list(), ASKED)
    answer = found.post(f"{PAGE}/svar", SHEET | MARKS | QUESTION | {"handling": button})
    assert answer.status_code == 422
    assert "dere har skrevet et spørsmål som ikke er sendt" in answer.text
    assert "Holder det med heis?</textarea>" in answer.text
    assert found.desk.sent == []


@pytest.mark.parametrize("status", [ListStatus.UNDER_TREATMENT, ListStatus.APPROVED])
def test_without_a_broker_the_question_stays_in_the_field(status: ListStatus) -> None:
    """On the same form, so that the same question sent again is the same command; with what was filled in beside."""
    found = desktop(one_list(status=status, approved=act()), ASKED)
    found.desk.broker = False
    answer = found.post(ASK, SHEET | MARKS | QUESTION | {"beskjed": "Hei"})
    assert answer.status_code == 503
    assert "Vi får ikke sendt det akkurat nå" in answer.text
    assert "Holder det med heis?</textarea>" in answer.text
    assert SHEET["skjema"] in answer.text
    assert '<option value="2" selected>' in answer.text


def test_a_database_that_is_away_loses_no_question() -> None:
    """The page without a database has all the form's fields, to be sent again."""
    found = desktop(one_list(), ASKED)
    found.reader.broken = ConnectionError()
    answer = found.post(ASK, SHEET | MARKS | QUESTION)
    assert answer.status_code == 503
    assert 'name="sporsmal" value="Holder det med heis?"' in answer.text
    assert '<p class="typed" dir="auto">Holder det med heis?</p>' in answer.text


def test_a_list_answered_meanwhile_shows_what_was_typed() -> None:
    """There is nobody left to ask in this way: the words can be copied."""
    params = {"by": "Ola Hansen", "at": NOW.isoformat()}
    found = desktop(one_list(status=ListStatus.ANSWERED, answered=act()), Outcome(LIST, 4, "already-answered", params))
    answer = found.post(ASK, SHEET | MARKS | QUESTION)
    assert answer.status_code == 409
    assert "Listen er allerede besvart" in answer.text
    assert "Dette hadde du skrevet til IMDi" in answer.text
    assert "Holder det med heis?" in answer.text


def test_an_approved_list_may_still_be_asked_about() -> None:
    """By a form of its own."""
    found = desktop(asked_about(ListStatus.APPROVED, approved=act()), ASKED)
    text = found.get(PAGE).text
    assert f'action="{ASK}"' in text
    answer = found.post(ASK, SHEET | QUESTION)
    assert answer.status_code == 303
    again = found.post(ASK, SHEET | {"gjelder": "", "sporsmal": ""})
    assert again.status_code == 422
    assert 'href="#sporsmal"' in again.text


@pytest.mark.parametrize("status", [ListStatus.ANSWERED, ListStatus.WITHDRAWN])
def test_threads_stay_readable_afterwards(status: ListStatus) -> None:
    """Without a field to ask in."""
    taken = Withdrawal(at=NOW, reason=WithdrawalReason.OTHER)
    changes = {"withdrawn": taken} if status is ListStatus.WITHDRAWN else {"answered": act()}
    text = desktop(asked_about(status, **changes)).get(PAGE).text
    assert "Ja, heis holder." in text
    assert 'id="sporsmal"' not in text
    assert "Svarfristen løper" not in text


def test_who_reads_only_sees_the_threads_and_asks_nothing() -> None:
    """The field is not there."""
    text = desktop(asked_about(), who=user(READER)).get(PAGE).text
    assert "Ja, heis holder." in text
    assert 'id="sporsmal"' not in text


def test_what_somebody_wrote_is_text() -> None:
    """Markup in a message is shown as it was typed."""
    message = written(1, None, "<script>alert(1)</script>\nשלום 🙂", by_imdi=True)
    text = desktop(replace(one_list(messages=1), messages=(message,))).get(PAGE).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
