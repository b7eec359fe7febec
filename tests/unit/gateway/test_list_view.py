from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from contracts.codes import DeclineReason, ListStatus, PersonStatus
from contracts.distribution.v1 import DraftDecision
from gateway.pages import list_view
from gateway.pages.answer_form import AnswerForm
from tests.unit.gateway.samples import NOW, act, one_list, person


def test_persons_stand_by_household() -> None:
    """Those who belong together are shown together."""
    found = list_view.households(one_list(person(1), person(2), person(3, 2)))
    assert [(one.number, len(one.persons)) for one in found] == [(1, 2), (2, 1)]


def test_differences_are_what_somebody_else_kept_meanwhile() -> None:
    """After a conflict the page says what is kept now, for those persons where the form says otherwise."""
    theirs = DraftDecision(running_number=2, accept=False, reason=DeclineReason.SECURITY)
    now = one_list(person(1), person(2, decision=theirs), version=5)
    mine = AnswerForm.of(one_list(person(1), person(2), version=4))
    assert list(list_view.differences(now, mine)) == [2]
    assert list_view.differences(now, mine)[2].decision == theirs


def test_the_timeline_tells_the_story_in_order() -> None:
    """Received, saved, approved, answered, placed, settled: who and when; a save is told only before the answer."""
    later = NOW + timedelta(hours=2)
    open_list = one_list(status=ListStatus.UNDER_TREATMENT, changed=act(at=later))
    assert [step.text for step in list_view.timeline(open_list)] == ["Mottatt fra IMDi", "Sist lagret under behandling"]

    placed = person(1, status=PersonStatus.SETTLED, placed_on=date(2026, 11, 24), settlement_date=date(2026, 11, 30))
    answered = one_list(
        placed,
        status=ListStatus.ANSWERED,
        changed=act("System", NOW + timedelta(days=6)),
        approved=act(at=later),
        answered=act("Ola", later + timedelta(minutes=5)),
        late=True,
    )
    steps = list_view.timeline(answered)
    assert [step.text for step in steps] == [
        "Mottatt fra IMDi",
        "Godkjent i kommunen",
        "Svar sendt til IMDi, etter fristen",
        "Personene er søkt ut til kommunen",
        "Bosatt i kommunen",
    ]
    assert [step.by for step in steps[:3]] == [None, "Kari Nordmann", "Ola"]


def test_places_are_current_once_the_ledger_names_the_version() -> None:
    """Until the ledger has followed, the page says that it updates."""
    found = one_list(places_version=6)
    assert not found.places_current
    assert replace(found, ledger_version=6).places_current
