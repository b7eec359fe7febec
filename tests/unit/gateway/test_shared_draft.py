"""A draft that colleagues share: who did what, what one's own form has changed, and four eyes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings, strategies as st

from contracts.codes import DeclineReason, ListChangeKind, ListStatus, SplitReason
from contracts.distribution.history import ChangedDecision, ListChangeState
from contracts.distribution.households import DraftSplit
from contracts.distribution.v1 import Act, DraftDecision, SaveDecisions, Touched
from gateway.commands.outcomes import Outcome
from gateway.pages import seen
from gateway.pages.answer_form import AnswerForm
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, person
from tests.unit.gateway.test_pages import FORM, PAGE, approved, desktop

OLA = Act(user_id="u-2", display_name="Ola Dahl", at=NOW - timedelta(minutes=20))
NO = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY)


def change(version: int, by: Act = OLA, **what: object) -> ListChangeState:
    kind = what.pop("kind", ListChangeKind.SAVED)
    return ListChangeState(list_id=LIST, municipality_id=OSLO, version=version, kind=kind, by=by, **what)  # type: ignore[arg-type]


def rendered(found: OneList) -> dict[str, str]:
    """Give the fields that a browser sends of the page as it is."""
    text = desktop(found).get(PAGE).text
    hidden = dict(re.findall(r'<input type="hidden" name="(skjema|versjon|sett)" value="([^"]*)">', text))
    marks = {f"bosett-{number}": "ja" for number in re.findall(r'name="bosett-(\d+)"[^>]* checked', text)}
    return {**hidden, **marks, "beskjed": found.state.message, "handling": "lagre"}


def theirs() -> OneList:
    """Give the list as a colleague has left it: person 2 declined, and a message."""
    changes = (change(3, decisions=[ChangedDecision(running_number=2, accept=False, reason="security")], message=True),)
    found = one_list(person(1), person(2, decision=NO), person(3, 2), message="Fra Ola", version=3, changed=OLA)
    return replace(found, changes=changes)


def test_a_form_says_what_its_user_changed() -> None:
    """Marks, households and the message that are not as the page showed them; nothing where all is."""
    before = one_list(person(1), person(2), person(3, 2), message="Hei\r\ndu ")
    for fields, touched in (
        ({}, Touched()),
        ({"bosett-2": None}, Touched(persons=[2])),
        ({"deling-1": "ja", "beskjed": "Hallo"}, Touched(households=[1], message=True)),
        ({"tekst-1": "Skrevet mens personen er markert"}, Touched()),
    ):
        found = desktop(before, desk=FakeDesk(Outcome(LIST, 2)))
        sent = {name: value for name, value in (rendered(before) | fields).items() if value is not None}
        assert found.post(f"{PAGE}/svar", sent).status_code == 303
        body = found.desk.sent[0].body
        assert isinstance(body, SaveDecisions)
        assert body.touched == touched


def test_a_form_of_an_older_release_does_not_say() -> None:
    """Its draft is taken by who is up to date only, as before."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    found.post(f"{PAGE}/svar", FORM | {"bosett-1": "ja", "handling": "lagre"})
    body = found.desk.sent[0].body
    assert isinstance(body, SaveDecisions)
    assert body.touched is None


@settings(deadline=None)
@given(st.text(max_size=200))
def test_an_odd_field_reads_as_nothing_shown(text: str) -> None:
    """It breaks nothing, and what it does not show counts as changed."""
    read = seen.read(text)
    assert seen.touched(read, {"m": "x"}) in [None, Touched(message=True)] or read.get("m") == "x"


def test_what_one_has_not_touched_follows_the_colleague() -> None:
    """After a refusal the form shows one's own changes and the colleague's others, on the version that is shown."""
    mine = AnswerForm.parse(rendered(one_list(person(1), person(2), person(3, 2))) | {"grunn-1": ""}, theirs().persons)
    mine = replace(mine, marks={**mine.marks, 1: replace(mine.marks[1], accept=False, reason="other")})
    again = mine.on(theirs())
    assert [again.marks[number].accept for number in (1, 2, 3)] == [False, False, True]
    assert (again.message, again.version) == ("Fra Ola", 3)
    assert again.touched == Touched(persons=[1])


def test_the_same_touched_is_shown_side_by_side() -> None:
    """409: one's own stands in the form, what is saved now beside it, with who and when; and both were told of."""
    refused = Outcome(LIST, 3, "draft-conflict", {"running_numbers": "2", "message": "true"})
    before = rendered(one_list(person(1), person(2), person(3, 2)))
    del before["bosett-2"]
    found = desktop(theirs(), desk=FakeDesk(refused))
    sent = before | {"grunn-2": "no_suitable_housing", "beskjed": "Fra meg"}
    answer = found.post(f"{PAGE}/svar", sent)
    assert answer.status_code == 409
    assert "Det gjelder person 2 og beskjeden til IMDi." in answer.text
    assert "Lagret nå, av Ola Dahl 24.11.2026 kl. 10.10: bosettes ikke – hensyn til sikkerhet" in answer.text
    assert "Lagret nå, av Ola Dahl 24.11.2026 kl. 10.10: <bdi>Fra Ola</bdi>" in answer.text
    assert 'value="no_suitable_housing" selected' in answer.text
    assert "Fra meg" in answer.text
    assert 'name="versjon" value="3"' in answer.text


def test_a_split_that_two_touched_is_shown_side_by_side() -> None:
    """At the household, as persons are."""
    split = DraftSplit(household=1, reason=SplitReason.AGREED_WITH_IMDI)
    now = replace(
        one_list(person(1), person(2, decision=NO), splits=[split], version=4), changes=(change(4, households=[1]),)
    )
    refused = Outcome(LIST, 4, "draft-conflict", {"households": "1"})
    before = rendered(one_list(person(1), person(2, decision=NO), version=3)) | {"grunn-2": "security"}
    answer = desktop(now, desk=FakeDesk(refused)).post(f"{PAGE}/svar", before | {"deling-1": "ja"})
    assert "Det gjelder husstand 1." in answer.text
    assert re.search(r"Lagret nå, av Ola Dahl [^:]*: avtalt med IMDi", answer.text)


def test_saved_beside_a_colleague_tells_what_the_colleague_did() -> None:
    """The page after Lagre names others' changes since the form was filled from the list, and not one's own."""
    merged = replace(theirs(), version=4, changes=(*theirs().changes, change(4, act(), message=True)))
    text = desktop(merged).get(f"{PAGE}?lagret=1&fra=1").text
    told = text[text.index("Kolleger lagret samtidig med deg") :]
    told = told[: told.index("</div>")]
    assert "Ola Dahl" in told
    assert "Person 2: bosettes ikke – hensyn til sikkerhet" in told
    assert "Kari" not in told
    for address in (PAGE, f"{PAGE}?lagret=1", f"{PAGE}?lagret=1&fra=3", f"{PAGE}?lagret=1&fra=x"):
        assert "Kolleger lagret samtidig" not in desktop(merged).get(address).text


@pytest.mark.parametrize("status", [ListStatus.UNDER_TREATMENT, ListStatus.APPROVED, ListStatus.ANSWERED])
def test_who_did_what_stands_on_the_page_of_the_list(status: ListStatus) -> None:
    """The latest first; however far the list has come."""
    changes = (
        *theirs().changes,
        change(4, act(), kind=ListChangeKind.APPROVED, households=[1]),
        change(5, kind=ListChangeKind.RETURNED),
    )
    found = replace(
        one_list(status=status, version=5, approved=act(), answered=act() if status is ListStatus.ANSWERED else None),
        changes=changes,
    )
    text = desktop(found).get(PAGE).text
    history = text[text.index("Hvem har gjort hva") :]
    steps = [history.index(words) for words in ("Tok listen tilbake", "Godkjente listen", "Lagret</strong>")]
    assert steps == sorted(steps)
    assert "Husstand 1: deling av husstanden" in history
    assert "Hvem har gjort hva" not in desktop().get(PAGE).text


def test_the_one_who_approved_is_told_why_there_is_no_send_button() -> None:
    """Where the municipality requires four eyes; a colleague has it, and so has everybody elsewhere."""
    mine = approved()
    assert isinstance(mine, OneList)
    theirs_to_send = replace(mine, state=mine.state.model_copy(update={"approved": OLA}), four_eyes=True)
    page = desktop(replace(mine, four_eyes=True)).get(PAGE).text
    assert "Send svar</button>" not in page
    assert "Send svar er ikke her for deg" in page
    assert "Tilbake til behandling</button>" in page
    for found in (mine, theirs_to_send):
        assert "Send svar</button>" in desktop(found).get(PAGE).text


def test_the_work_surface_says_whom_an_approved_list_waits_for() -> None:
    """Where the municipality requires four eyes: the approver that a colleague must send, a colleague that they may."""
    mine = approved()
    assert isinstance(mine, OneList)
    theirs_to_send = replace(mine, state=mine.state.model_copy(update={"approved": OLA}))
    address = f"/kommune/{OSLO}/arbeidsflate"
    assert "En kollega må sende svaret" in desktop(replace(mine, four_eyes=True)).get(address).text
    assert "Ola Dahl godkjente listen. Den venter" in desktop(replace(theirs_to_send, four_eyes=True)).get(address).text
    assert "må sende" not in desktop(mine).get(address).text


def test_sending_all_the_same_is_refused_in_words() -> None:
    """From a page of before the municipality required it."""
    refused = Outcome(LIST, 4, "four-eyes-required", {"at": NOW.isoformat()})
    answer = desktop(approved(), desk=FakeDesk(refused)).post(f"{PAGE}/send", FORM | {"versjon": "4"})
    assert answer.status_code == 409
    assert "En kollega må sende svaret" in answer.text
    assert "ingenting er sendt" in answer.text
