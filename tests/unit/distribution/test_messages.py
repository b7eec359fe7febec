"""What travels of a list, and what does not."""

from __future__ import annotations

from datetime import date, timedelta

from contracts import codes
from contracts.distribution import v1
from services.distribution.adapters import messages
from services.distribution.adapters.person_documents import from_address, from_details, to_address, to_details
from services.distribution.domain.answering import send_answer
from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import PlacementPolicy
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import ListEvent
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offers import receive
from services.distribution.domain.problems import Problem
from services.distribution.domain.settlement import MovedIn, plan_settlement, register_settlement, register_settlements
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from tests.unit.distribution.samples import (
    AT,
    FAMILY_NAME,
    GIVEN_NAME,
    KARI,
    LIST,
    NO_HOUSING,
    OSLO,
    OTHER,
    a_list,
    asked,
    body,
    form,
    incoming,
)


def whole_life() -> tuple[DistributionList, list[ListEvent]]:
    """Take a list through everything that can happen to it."""
    offer = incoming(body()).offer
    assert offer is not None
    current, events = receive(offer, OSLO, AT)
    told = list(events)
    steps = (
        lambda one: save_decisions(one, Form([(2, NO_HOUSING)], "Ring oss."), asked(one)),
        lambda one: approve(one, form(one), asked(one)),
        lambda one: return_to_treatment(one, asked(one)),
        lambda one: approve(one, form(one, "Ring oss.", _2=OTHER), asked(one)),
        lambda one: send_answer(one, asked(one), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC),
        lambda one: register_settlement(
            one, asked(one, at=AT + timedelta(days=9)), running_number=1, settlement_date=AT.date()
        ),
        lambda one: plan_settlement(one, asked(one), [3], Week(2026, 53)),
        lambda one: register_settlements(
            one, asked(one, at=AT + timedelta(days=9)), [MovedIn(1, date(2026, 11, 25), "Flyttet en dag senere.")]
        ),
    )
    for step in steps:
        decided = step(current)
        assert isinstance(decided, tuple)
        current, events = decided
        told += events
    return current, told


def test_every_event_travels_under_its_own_name() -> None:
    """With the list, its municipality and its ledger year."""
    current, told = whole_life()
    sent = [messages.list_event(current, event) for event in told]
    assert [type(message).__name__ for message in sent] == [type(event).__name__ for event in told]
    assert len({type(message) for message in sent}) == 9
    assert {(message.list_id, message.municipality_id, message.year) for message in sent} == {(LIST, OSLO, 2026)}
    answered = next(message for message in sent if isinstance(message, v1.ListAnswered))
    assert answered.declined == [
        v1.DeclinedPerson(running_number=2, place_kind=codes.PlaceKind.ORDINARY, reason=codes.DeclineReason.OTHER)
    ]
    assert (answered.answered_on, answered.late) == (AT.date(), False)


def test_events_hold_no_words() -> None:
    """Ids and codes: no name of anybody, no number, no reason's or message's text."""
    current, told = whole_life()
    text = "".join(messages.list_event(current, event).model_dump_json() for event in told)
    identity = body().persons[0].identity
    secrets = (GIVEN_NAME, FAMILY_NAME, KARI.display_name, "Ring oss", "familien", "Flyttet", "heis", "Apotek",
               identity.duf_number, str(identity.identity_number), "Tromsø")  # fmt: skip
    assert not [secret for secret in secrets if secret in text]


def test_the_state_before_placement_names_nobody() -> None:
    """What a municipality may see of a person has neither name, number, address nor birth date."""
    received = a_list()
    text = "".join(messages.person_state(received, person).model_dump_json() for person in received.persons)
    identity = body().persons[0].identity
    secrets = (GIVEN_NAME, FAMILY_NAME, identity.duf_number, str(identity.identity_number), "Tromsø",
               identity.birth_date.isoformat())  # fmt: skip
    assert not [secret for secret in secrets if secret in text]


def test_a_persons_details_arrive_as_imdi_told_them() -> None:
    """Nothing is lost or renamed on the way."""
    received = a_list()
    for person, told in zip(received.persons, body().persons, strict=True):
        state = messages.person_state(received, person)
        for name in ("sex", "birth_year", "nationality", "languages", "category", "earliest_arrival", "education",
                     "occupation", "needs", "needs_note", "household"):  # fmt: skip
            assert getattr(state, name) == getattr(told, name), name
        assert state.decision == v1.DraftDecision(running_number=told.running_number)


def test_the_lists_state_counts() -> None:
    """Everybody is accepted until unmarked; who is settled stays placed."""
    received = messages.list_state(a_list())
    assert (received.persons, received.unaccompanied_minors, received.accepted, received.declined) == (3, 1, 3, 0)
    assert (received.changed, received.approved, received.answered, received.places_version) == (None, None, None, 1)
    current, _ = whole_life()
    state = messages.list_state(current)
    assert (state.accepted, state.declined, state.placed, state.settled) == (2, 1, 2, 1)
    assert (state.status, state.places_version) == (codes.ListStatus.ANSWERED, current.version)
    assert state.answered == v1.Act(user_id=KARI.user_id, display_name=KARI.display_name, at=AT)


def test_the_answer_has_everybody_with_reason_and_words() -> None:
    """And names the municipality as IMDi does."""
    answer = messages.answer(whole_life()[0])
    assert answer.persons == [
        v1.AnsweredPerson(running_number=1, accepted=True),
        v1.AnsweredPerson(
            running_number=2, accepted=False, reason=codes.DeclineReason.OTHER, reason_text="Bør bo nær familien."
        ),
        v1.AnsweredPerson(running_number=3, accepted=True),
    ]
    assert (answer.municipality_number, answer.message, answer.answered_by) == ("0301", "Ring oss.", "Kari Nordmann")


def test_what_is_stored_as_json_is_read_back() -> None:
    """Details and addresses, whole or as short as may be."""
    offer = incoming(body()).offer
    assert offer is not None
    for person in offer.persons:
        assert to_details(from_details(person.details)) == person.details
        assert to_address(from_address(person.identity.address)) == person.identity.address


def test_a_rejection_stays_small_enough_to_be_sent() -> None:
    """Kafka takes a megabyte; how much is left out is told."""
    original = incoming(body()).original
    path = "persons[499].identity.identity_number"
    problems = [Problem(path, "birth-date-contradicts", "The identity number is of another birth date.")] * 20_000
    told = messages.rejection(original, LIST, "0301", problems)
    assert told.errors[-1].message == "There are 18000 more errors."
    assert len(told.model_dump_json()) < 500_000
    assert len(messages.rejection(original, LIST, "0301", problems[:2000]).errors) == 2000
