"""Ask before you answer: who may write in a list's threads, when, and what that leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from contracts.distribution import threads_v1
from services.distribution.adapters import messages
from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import PlacementPolicy, WithdrawalReason
from services.distribution.domain.events import ImdiWrote, QuestionAsked
from services.distribution.domain.lists import Actor, DistributionList
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    ListWasWithdrawn,
    PersonsWereWithdrawn,
    RoleMayNotWrite,
    ThreadFull,
    UnknownPerson,
)
from services.distribution.domain.reply_clock import next_reminder
from services.distribution.domain.thread_messages import MOST_MESSAGES, Thread
from services.distribution.domain.threads import Said, ask, reply
from services.distribution.domain.treatment import approve
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from tests.unit.distribution.samples import AT, KARI, LIST, OLA, OSLO, READER, a_list, asked, form

STAIRS = Said(2, "Holder det med heis?")
ARRIVAL = Said(None, "Kan alle komme i uke 3?")
OTHER = WithdrawalReason.OTHER


def put(current: DistributionList, said: Said = STAIRS, actor: Actor = KARI) -> DistributionList:
    """Ask; gives the list after it."""
    decided = ask(current, said, actor, at=AT)
    assert isinstance(decided, tuple)
    return decided[0]


def replied(current: DistributionList, said: Said, reply_id: str = "r-1") -> DistributionList:
    decided = reply(current, said, reply_id, None, at=AT)
    assert isinstance(decided, tuple)
    return decided[0]


def answered(current: DistributionList) -> DistributionList:
    approved = approve(current, form(current), asked(current))
    assert isinstance(approved, tuple)
    sent = send_answer(approved[0], asked(approved[0]), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC)
    assert isinstance(sent, tuple)
    return sent[0]


def withdrawn(current: DistributionList, *persons: int) -> DistributionList:
    decided = withdraw_persons(current, persons, OTHER, at=AT) if persons else withdraw_list(current, OTHER, at=AT)
    assert isinstance(decided, tuple)
    return decided[0]


def codes(decided: object) -> list[tuple[str, str]]:
    assert isinstance(decided, list)
    return [(problem.path, problem.code) for problem in decided]


def test_threads_of_a_list_and_of_its_persons_are_apart() -> None:
    """Each knows how many messages it has and whether IMDi is to write next; numbers count all of them together."""
    current = replied(put(put(a_list()), ARRIVAL), Said(2, "Ja."))
    assert current.threads == (Thread(2, 2, awaits_reply=False), Thread(None, 1, awaits_reply=True))
    state = messages.list_state(current)
    assert (state.messages, state.awaiting_reply) == (3, 1)
    again = put(current)
    assert (again.messages, again.awaiting_reply) == (4, 2)


def test_asking_leaves_the_clock_and_everybodys_work_alone() -> None:
    """The deadline stays and its reminder is due when it was; a page opened before can still be sent and approved."""
    before = a_list()
    current = replied(put(before), STAIRS)
    assert (current.deadline, next_reminder(current)) == (before.deadline, next_reminder(before))
    assert (current.status, current.changed) == (before.status, None)
    decided = approve(current, form(current), asked(before.version))
    assert isinstance(decided, tuple)
    assert put(decided[0]).approved == decided[0].approved


def test_a_question_fits_whatever_version_the_list_has() -> None:
    """Two who ask at once have both asked."""
    current = put(put(a_list()), ARRIVAL, OLA)
    assert [event.version for event in ask(current, STAIRS, KARI, at=AT)[1]] == [current.version + 1]  # type: ignore[index]
    assert current.messages == 2


@pytest.mark.parametrize(
    ("state", "said", "actor", "refusal"),
    [
        (a_list(), STAIRS, READER, RoleMayNotWrite),
        (a_list(), Said(7, "?"), KARI, UnknownPerson),
        (answered(a_list()), STAIRS, KARI, AlreadyAnswered),
        (withdrawn(a_list()), STAIRS, KARI, ListWasWithdrawn),
        (withdrawn(a_list(), 2), STAIRS, KARI, PersonsWereWithdrawn),
        (replace(a_list(), threads=(Thread(None, MOST_MESSAGES, awaits_reply=False),)), STAIRS, KARI, ThreadFull),
    ],
    ids=["reader", "unknown person", "answered", "withdrawn", "person withdrawn", "full"],
)
def test_a_question_is_refused_by_name(state: DistributionList, said: Said, actor: Actor, refusal: type) -> None:
    """And nothing changes."""
    assert isinstance(ask(state, said, actor, at=AT), refusal)


def test_imdi_may_reply_after_the_answer_and_write_unasked() -> None:
    """The event names the deadline only while the list waits for its answer."""
    asked_before = put(a_list())
    _, [late] = reply(answered(asked_before), STAIRS, "r-1", None, at=AT)  # type: ignore[misc]
    assert isinstance(late, ImdiWrote)
    assert (late.deadline, late.message.number) == (None, 2)
    current, [unasked] = reply(a_list(), ARRIVAL, "r-1", None, at=AT)  # type: ignore[misc]
    assert isinstance(unasked, ImdiWrote)
    assert (unasked.deadline, unasked.persons) == (current.deadline, 3)
    assert current.awaiting_reply == 0


@pytest.mark.parametrize(
    ("state", "said", "known", "problems"),
    [
        (a_list(), Said(7, "Ja."), None, [("running_number", "unknown-person")]),
        (withdrawn(a_list()), STAIRS, None, [("list_id", "list-withdrawn")]),
        (withdrawn(a_list(), 2), STAIRS, None, [("running_number", "person-withdrawn")]),
        (a_list(), STAIRS, ARRIVAL, [("reply_id", "reply-changed")]),
        (replace(a_list(), threads=(Thread(None, MOST_MESSAGES, awaits_reply=True),)), Said(9, "Ja."), None,
         [("running_number", "unknown-person"), ("list_id", "thread-full")]),
    ],
    ids=["unknown person", "withdrawn", "person withdrawn", "other words", "full"],
)  # fmt: skip
def test_a_wrong_reply_goes_back_by_field(
    state: DistributionList, said: Said, known: Said | None, problems: list[tuple[str, str]]
) -> None:
    """With everything that is wrong at once."""
    assert codes(reply(state, said, "r-1", known, at=AT)) == problems


def test_a_reply_told_again_changes_nothing() -> None:
    """Also when the list has been withdrawn since."""
    current = replied(put(a_list()), STAIRS)
    for state in (current, withdrawn(current)):
        assert reply(state, STAIRS, "r-1", STAIRS, at=AT) == (state, ())


def test_words_travel_to_imdi_and_the_pages_and_in_no_event() -> None:
    """The events have ids; the question has the number by which IMDi named the municipality."""
    current, [question] = ask(a_list(), STAIRS, KARI, at=AT)  # type: ignore[misc]
    current, [written] = reply(current, Said(2, "Heis holder."), "r-1", None, at=AT)  # type: ignore[misc]
    assert isinstance(question, QuestionAsked)
    assert isinstance(written, ImdiWrote)
    told = [messages.list_event(current, event) for event in (question, written)]
    assert [type(event).__name__ for event in told] == ["QuestionAsked", "ImdiWrote"]
    plain = "".join(event.model_dump_json() for event in told)
    assert not [secret for secret in ("heis", "Heis", KARI.display_name) if secret in plain]
    to_imdi = messages.question(current, question.message)
    assert (to_imdi.municipality_number, to_imdi.running_number, to_imdi.text) == ("0301", 2, STAIRS.text)
    shown = messages.thread_message(current, written.message)
    assert (shown.by_imdi, shown.written.display_name, shown.text) == (True, "IMDi", "Heis holder.")
    assert {shown.list_id, shown.municipality_id} == {LIST, OSLO}


BAD_TEXTS = ["", " ", "\n\t", "a" * 10_001, "NUL \x00 her"]
GOOD_TEXTS = ["?", "a" * 10_000, "🙂 שלום  نعم", "<script>alert(1)</script>\nlinje 2"]


@pytest.mark.parametrize("text", BAD_TEXTS, ids=["empty", "blank", "breaks", "too long", "NUL"])
def test_words_of_a_wrong_form_are_no_message(text: str) -> None:
    """Nothing of an empty one could be seen; PostgreSQL keeps no NUL."""
    actor = {"user_id": "u", "display_name": "Kari", "role": "settlement_writer"}
    with pytest.raises(ValueError, match="text"):
        threads_v1.AskQuestion(list_id=LIST, municipality_id=OSLO, text=text, actor=actor)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", GOOD_TEXTS, ids=["one character", "longest", "any script", "markup"])
def test_any_other_words_are(text: str) -> None:
    """They come through as they are."""
    actor: Any = {"user_id": "u", "display_name": "Kari", "role": "settlement_writer"}
    made = threads_v1.AskQuestion(list_id=LIST, municipality_id=OSLO, text=text, actor=actor)
    assert threads_v1.AskQuestion.model_validate_json(made.model_dump_json()).text == text


SIDES = st.lists(st.tuples(st.booleans(), st.sampled_from([None, 1, 2, 3])), max_size=12)


@given(sides=SIDES)
@settings(max_examples=100, deadline=None)
def test_in_any_order_the_sums_hold(sides: list[tuple[bool, int | None]]) -> None:
    """Numbers and versions have no gap; a thread waits for IMDi exactly where the municipality wrote last."""
    current, last, at = a_list(), dict[int | None, bool](), AT
    for index, (by_imdi, thread) in enumerate(sides):
        at += timedelta(minutes=1)
        said = Said(thread, f"{index}")
        decided = reply(current, said, f"r-{index}", None, at=at) if by_imdi else ask(current, said, KARI, at=at)
        assert isinstance(decided, tuple)
        current, [event] = decided
        assert isinstance(event, QuestionAsked | ImdiWrote)
        assert (event.message.number, event.version) == (index + 1, index + 2)
        last[thread] = by_imdi
    assert current.messages == len(sides)
    assert {one.running_number: not one.awaits_reply for one in current.threads} == last
