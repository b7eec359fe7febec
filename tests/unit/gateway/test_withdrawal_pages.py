"""What a municipality sees and keeps when IMDi takes persons or a list back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from contracts.codes import ListStatus, PersonStatus, WithdrawalReason
from contracts.distribution.v1 import ApproveList, PersonState, SaveDecisions, Withdrawal
from gateway.commands.outcomes import Outcome
from gateway.pages import list_view
from gateway.pages.answer_form import AnswerForm
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.fakes import Desktop, FakeDesk, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, person, user

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
FORM = {"skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c11", "versjon": "1"}
LATER = NOW + timedelta(hours=2)
TAKEN = Withdrawal(at=LATER, reason=WithdrawalReason.OFFERED_ELSEWHERE)
BY_IMDI = act("IMDi", LATER).model_copy(update={"user_id": "imdi"})


def gone(number: int, household: int = 1, **changes: object) -> PersonState:
    return person(number, household, status=PersonStatus.WITHDRAWN, withdrawn=TAKEN, **changes)


def without_3(**changes: object) -> OneList:
    """Give a list of three whose third person was withdrawn."""
    counts = {"accepted": 2, "withdrawn_persons": 1, "changed": BY_IMDI}
    return one_list(person(1), person(2), gone(3, 2), version=2, **(counts | changes))


def withdrawn(**changes: object) -> OneList:
    status = {"status": ListStatus.WITHDRAWN, "withdrawn": TAKEN, "withdrawn_persons": 3, "accepted": 0}
    return one_list(gone(1), gone(2), gone(3, 2), version=2, **(status | {"changed": BY_IMDI} | changes))


def desktop(found: OneList, *outcomes: Outcome) -> Desktop:
    return Desktop(user(), FakeReader({LIST: found}), desk=FakeDesk(*outcomes))


def test_a_withdrawn_person_can_be_seen_and_not_decided_on() -> None:
    """The row says when and why; there is no mark, no reason; nobody is told that IMDi saved the list."""
    text = desktop(without_3()).get(PAGE).text
    assert "IMDi har trukket 1 person fra listen" in text
    assert "IMDi spør en annen kommune" in text
    assert 'id="bosett-2"' in text
    assert 'id="bosett-3"' not in text
    assert "Sist lagret av" not in text


def test_the_form_is_of_those_still_here() -> None:
    """Approving names them alone."""
    found = desktop(without_3(), Outcome(LIST, 4))
    found.post(f"{PAGE}/svar", FORM | {"versjon": "2", "bosett-1": "ja", "bosett-2": "ja", "handling": "godkjenn"})
    body = found.desk.sent[0].body
    assert isinstance(body, ApproveList)
    assert [decision.running_number for decision in body.decisions] == [1, 2]


def test_a_page_from_before_is_told_who_is_gone_and_loses_nothing() -> None:
    """The owner refuses its version; the form is of the present one, and what was typed on the third stands there."""
    params = {"running_numbers": "3", "at": LATER.isoformat()}
    found = desktop(without_3(), Outcome(LIST, 2, "person-withdrawn", params))
    typed = {"bosett-1": "ja", "bosett-2": "ja", "grunn-3": "other", "tekst-3": "Ring oss først.", "beskjed": "Hei"}
    answer = found.post(f"{PAGE}/svar", FORM | typed | {"handling": "lagre"})
    assert answer.status_code == 409
    assert "Person 3 ble trukket 24.11.2026 kl. 12.30" in answer.text
    assert "Dette hadde du fylt ut: bosettes ikke – annet: <bdi>Ring oss først.</bdi>" in " ".join(answer.text.split())
    assert "Hei</textarea>" in answer.text
    assert 'name="versjon" value="2"' in answer.text
    body = found.desk.sent[0].body
    assert isinstance(body, SaveDecisions)
    assert body.expected_version == 1


def test_what_was_typed_survives_where_the_read_model_is_behind() -> None:
    """A form kept before the withdrawal was here is set on the list as it stands: the third person's part apart."""
    before = AnswerForm.of(one_list())
    kept = AnswerForm.kept(before.as_stored()).on(without_3())
    assert (list(kept.marks), list(kept.gone), kept.version) == ([1, 2], [3], 2)
    again = AnswerForm.kept(kept.as_stored())
    assert (again.marks, again.gone) == (kept.marks, kept.gone)


def test_a_form_sent_to_a_withdrawn_list_is_shown_back() -> None:
    """There is nobody to decide on: nothing is sent, and everything typed can be read."""
    found = desktop(withdrawn())
    typed = {"grunn-1": "other", "tekst-1": "Ring oss først.", "grunn-2": "", "grunn-3": "", "beskjed": "Uke 3?"}
    for handling in ("lagre", "godkjenn"):
        answer = found.post(f"{PAGE}/svar", FORM | typed | {"handling": handling})
        assert answer.status_code == 409
        for words in ("IMDi har trukket listen", "Den ble trukket 24.11.2026 kl. 12.30", "Ring oss først.", "Uke 3?"):
            assert words in answer.text
    assert found.desk.sent == []


def test_a_withdrawn_list_tells_its_story() -> None:
    """Withdrawn before the answer: no letters, no receipt. After it: the answer stays on the page."""
    text = desktop(withdrawn()).get(PAGE).text
    assert "Kommunen hadde ikke sendt svar" in text
    assert 'id="brev"' not in text
    assert desktop(withdrawn()).get(f"{PAGE}/kvittering").status_code == 303
    after = withdrawn(answered=act("Ola Dahl"), approved=act())
    text = desktop(after).get(PAGE).text
    assert "Svaret ble sendt av Ola Dahl" in text
    assert "IMDi spør en annen kommune" in text
    assert [step.text for step in list_view.timeline(after)][-1] == "IMDi trakk listen"


def test_the_timeline_names_who_was_withdrawn_when() -> None:
    """Persons taken back at once stand together; those who went with the list are not told again; placements stay."""
    first = Withdrawal(at=NOW + timedelta(hours=1), reason=WithdrawalReason.OTHER)
    persons = [
        gone(1, placed_on=date(2026, 11, 24)),
        gone(2).model_copy(update={"withdrawn": first}),
        gone(3).model_copy(update={"withdrawn": first}),
    ]
    found = replace(withdrawn(answered=act(), approved=act()), persons=tuple(persons))
    steps = [step.text for step in list_view.timeline(found)]
    assert steps == [
        "Mottatt fra IMDi",
        "Godkjent i kommunen",
        "Svar sendt til IMDi",
        "Personene er søkt ut til kommunen",
        "IMDi trakk person 2, 3",
        "IMDi trakk listen",
    ]


def test_old_and_new_lists_lead_to_each_other() -> None:
    """Within a municipality by links, both ways."""
    old = withdrawn(offered_again_at=LATER, replaced_by=["FL-2026-000200"])
    text = desktop(old).get(PAGE).text
    assert f'href="/kommune/{OSLO}/bosetting/fordelinger/FL-2026-000200"' in text
    assert [step.text for step in list_view.timeline(old)][-1] == "Tilbudt på nytt av IMDi"
    text = desktop(one_list(reoffer=True, replaces="FL-2026-000100")).get(PAGE).text
    assert f'href="/kommune/{OSLO}/bosetting/fordelinger/FL-2026-000100"' in text


def test_another_municipalitys_list_is_not_named() -> None:
    """Only that there is one: no id and no link."""
    for found in (withdrawn(offered_again_at=LATER), one_list(reoffer=True)):
        text = desktop(found).get(PAGE).text
        assert "på nytt" in text
        assert set(re.findall(r"FL-[0-9-]+", text)) == {LIST}
