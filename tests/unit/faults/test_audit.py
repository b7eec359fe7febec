"""The rig's audit with invented ledgers and facts: each kind of harm is found, and none where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.audit.audit import audit
from tests.faults.audit.facts import (
    AsideFact,
    Facts,
    LetterFact,
    ListFact,
    MailFact,
    ParkedFact,
    PersonFact,
    ShownFact,
)
from tests.faults.audit.findings import Finding, Kind
from tests.faults.plan import Scenario
from tests.faults.told import Line, What
from tests.faults.topics import Record

LIST = "FK-00-0001"
EVENTS = (
    "distribution.list-received.v1",
    "distribution.list-approved.v1",
    "distribution.list-answered.v1",
    "distribution.persons-placed.v1",
)
VERSION = len(EVENTS)
WRITERS = 1
SCENARIOS = {LIST: Scenario.ANSWER}


def _record(topic: str, kind: str, sequence: int | None, *, name: str = "", key: str = LIST, **body: object) -> Record:
    headers = {
        "ce_id": name or f"{topic}/{kind}/{sequence}",
        "ce_source": "/fordeling/distribution",
        "ce_type": kind,
        "ce_subject": LIST,
    }
    if sequence is not None:
        headers["ce_sequence"] = f"{sequence:019d}"
    return Record(topic, 0, 0, key, headers, json.dumps(body).encode())


def _event(sequence: int, kind: str | None = None, *, name: str = "") -> Record:
    return _record("distribution.events.v1", kind or EVENTS[sequence - 1], sequence, name=name)


def _answer(name: str = "answer") -> Record:
    persons = [
        {"running_number": 1, "accepted": True},
        {"running_number": 2, "accepted": False, "reason": "security"},
    ]
    return _record("distribution.answers.v1", "distribution.answer.v1", VERSION, name=name, persons=persons)


def _state(sequence: int) -> Record:
    return _record("distribution.state.v1", "distribution.list-state.v1", sequence)


LINES = (
    Line(What.PUBLISHED, LIST, "m1", "imdi", {"expects": "taken", "persons": [{"number": 1}, {"number": 2}]}),
    Line(What.ASKED, LIST, "k1", "one", {"action": "approve", "accepted": [1], "declined": {2: "security"}}),
    Line(What.ACCEPTED, LIST, "k1", "one", {"action": "approve", "version": 2}),
    Line(What.ASKED, LIST, "k2", "one", {"action": "send"}),
    Line(What.ACCEPTED, LIST, "k2", "one", {"action": "send", "version": VERSION}),
)
SOUND = Facts(
    lists={
        LIST: ListFact(
            VERSION,
            "answered",
            {1: PersonFact("placed", True), 2: PersonFact("declined", False, "security")},
            answered=True,
        )
    },
    records=[*(_event(number + 1) for number in range(VERSION)), _answer(), _state(1), _state(VERSION)],
    notices={LIST: ["list_received", "list_answered"]},
    mails=[MailFact("a", LIST, "sent"), MailFact("b", LIST, "sent")],
    mailbox={"a": 1, "b": 1},
    letters=[
        LetterFact("l0", LIST, None, made=True, stored=True, reference="s0"),
        LetterFact("l1", LIST, 1, made=True, stored=True, reference="s1"),
    ],
    shipments={"l0": ["s0"], "l1": ["s1"]},
    ledger={LIST: (0, 1, 0)},
    shown={LIST: ShownFact(VERSION, "answered", frozenset({1}), on_page="answered")},
)


def _found(facts: Facts, lines: tuple[Line, ...] = LINES, scenarios: Any = SCENARIOS) -> list[Finding]:
    return list(audit(lines, facts, scenarios, WRITERS).findings)


def _persons(**changes: PersonFact) -> dict[int, PersonFact]:
    persons = dict(SOUND.lists[LIST].persons)
    return persons | {int(name.removeprefix("p")): fact for name, fact in changes.items()}


def test_a_sound_list_has_no_findings() -> None:
    """Where everything is as clients were told, nothing is found, and everything is counted."""
    audited = audit(LINES, SOUND, SCENARIOS, WRITERS)
    assert list(audited.findings) == []
    assert (audited.sent, audited.applied, audited.refused, audited.repeats) == (3, 3, 0, 0)


def test_records_that_come_again_as_they_are_count_as_repeats() -> None:
    """A window that is sent again has the same ids: readers know it, and order is that of what came first."""
    again = replace(SOUND, records=[*SOUND.records, *SOUND.records])
    audited = audit(LINES, again, SCENARIOS, WRITERS)
    assert list(audited.findings) == []
    assert audited.repeats == len(SOUND.records)


def _without_list(facts: Facts) -> Facts:
    return replace(facts, lists={})


def _answered_by(facts: Facts, **changes: Any) -> Facts:
    return replace(facts, lists={LIST: replace(facts.lists[LIST], **changes)})


HARM: dict[str, tuple[Callable[[Facts], Facts], Kind]] = {
    "a published list is nowhere": (_without_list, Kind.LOST),
    "a person is missing": (lambda f: _answered_by(f, persons={1: PersonFact("placed", True)}), Kind.LOST),
    "an accepted answer has not been given": (lambda f: _answered_by(f, status="approved", answered=False), Kind.LOST),
    "an older version than the one told": (lambda f: _answered_by(f, version=VERSION - 1), Kind.LOST),
    "another decision than the approved one": (
        lambda f: _answered_by(f, persons=_persons(p2=PersonFact("declined", False, "other"))),
        Kind.LOST,
    ),
    "IMDi has no answer": (lambda f: replace(f, records=[r for r in f.records if "answers" not in r.topic]), Kind.LOST),
    "IMDi has two answers": (lambda f: replace(f, records=[*f.records, _answer("other")]), Kind.DOUBLED),
    "IMDi's answer says otherwise": (
        lambda f: replace(
            f,
            records=[
                replace(r, value=b'{"persons": [{"running_number": 1, "accepted": true}]}')
                if "answers" in r.topic
                else r
                for r in f.records
            ],
        ),
        Kind.LOST,
    ),
    "an event is missing": (lambda f: replace(f, records=[f.records[0], *f.records[2:]]), Kind.LOST),
    "the first event is missing": (lambda f: replace(f, records=f.records[1:]), Kind.LOST),
    "the last event is missing": (lambda f: replace(f, records=[*f.records[:3], *f.records[4:]]), Kind.LOST),
    "events lie the wrong way round": (
        lambda f: replace(f, records=[f.records[1], f.records[0], *f.records[2:]]),
        Kind.DISORDER,
    ),
    "a fact came about twice": (
        lambda f: replace(f, records=[*f.records, _event(VERSION + 1, EVENTS[2])]),
        Kind.DOUBLED,
    ),
    "two events have one sequence": (
        lambda f: replace(f, records=[*f.records, _event(VERSION, name="another")]),
        Kind.DOUBLED,
    ),
    "old state lies behind new": (lambda f: replace(f, records=[*f.records, _state(3)]), Kind.DISORDER),
    "one id has two bodies": (
        lambda f: replace(f, records=[*f.records, replace(_answer(), value=b'{"other": 1}')]),
        Kind.DOUBLED,
    ),
    "a valid list came back": (
        lambda f: replace(
            f,
            records=[
                *f.records,
                _record("distribution.rejections.v1", "distribution.rejection.v1", None, list_id=LIST),
            ],
        ),
        Kind.UNEXPLAINED,
    ),
    "a notice is missing": (lambda f: replace(f, notices={LIST: ["list_received"]}), Kind.LOST),
    "a notice is there twice": (
        lambda f: replace(f, notices={LIST: [*f.notices[LIST], "list_answered"]}),
        Kind.DOUBLED,
    ),
    "a withdrawal that nobody asked for": (lambda f: _answered_by(f, status="withdrawn"), Kind.LOST),
    "a mail was never planned": (lambda f: replace(f, mails=f.mails[:1]), Kind.LOST),
    "a mail that was sent is nowhere": (lambda f: replace(f, mailbox={"a": 1}), Kind.LOST),
    "a mail arrived twice": (lambda f: replace(f, mailbox={"a": 1, "b": 2}), Kind.DOUBLED),
    "a mail went out that nobody planned": (lambda f: replace(f, strangers=["mail c"]), Kind.DIFFERENT),
    "a mail is still to be sent": (
        lambda f: replace(f, mails=[f.mails[0], MailFact("b", LIST, "claimed")]),
        Kind.SILENT,
    ),
    "a letter is missing": (lambda f: replace(f, letters=f.letters[:1]), Kind.LOST),
    "a letter is there twice": (
        lambda f: replace(f, letters=[*f.letters, replace(f.letters[1], letter_id="l2")]),
        Kind.DOUBLED,
    ),
    "SvarUt has a letter twice": (lambda f: replace(f, shipments={"l0": ["s0", "s9"], "l1": ["s1"]}), Kind.DOUBLED),
    "SvarUt has not the letter": (lambda f: replace(f, shipments={"l0": ["s0"]}), Kind.LOST),
    "a letter is not made": (
        lambda f: replace(
            f, letters=[f.letters[0], replace(f.letters[1], made=False, reference=None)], shipments={"l0": ["s0"]}
        ),
        Kind.SILENT,
    ),
    "a letter's PDF is gone": (
        lambda f: replace(f, letters=[f.letters[0], replace(f.letters[1], stored=False)]),
        Kind.LOST,
    ),
    "a place is held twice": (lambda f: replace(f, ledger={LIST: (1, 1, 0)}), Kind.DOUBLED),
    "a place was lost": (lambda f: replace(f, ledger={}), Kind.LOST),
    "the year's sums drift": (lambda f: replace(f, drifting=["k-0301/2026"]), Kind.DIFFERENT),
    "a list is not shown": (lambda f: replace(f, shown={}), Kind.LOST),
    "an older version is shown": (
        lambda f: replace(f, shown={LIST: replace(f.shown[LIST], version=1)}),
        Kind.DIFFERENT,
    ),
    "a page says something else": (
        lambda f: replace(f, shown={LIST: replace(f.shown[LIST], on_page="approved")}),
        Kind.DIFFERENT,
    ),
    "a message is parked unseen": (
        lambda f: replace(f, parked=[ParkedFact("letters", LIST, "x", "KeyError", announced=False)]),
        Kind.SILENT,
    ),
    "a row was put aside unseen": (
        lambda f: replace(f, aside=[AsideFact("letters", LIST, "x", alarmed=False)]),
        Kind.SILENT,
    ),
    "something never came to rest": (lambda f: replace(f, left=["letters: 3 unsent"]), Kind.SILENT),
    "reconcile finds something": (lambda f: replace(f, differing=["a list is behind"]), Kind.DIFFERENT),
}


@pytest.mark.parametrize("name", HARM)
def test_each_harm_is_found_as_what_it_is(name: str) -> None:
    """Whatever is lost, doubled, out of order, stuck or different is found, and breaks a promise."""
    harm, kind = HARM[name]
    found = [finding for finding in _found(harm(SOUND)) if finding.breaks]
    assert kind in {finding.kind for finding in found}, found


def test_what_waits_and_was_announced_breaks_nothing() -> None:
    """A parked message that operations were told of is told as stuck, and its list is not called lost besides."""
    parked = ParkedFact("distribution", LIST, "imdi.publish-distribution-list.v1", "KeyError", announced=True)
    found = _found(replace(SOUND, lists={}, records=[], notices={}, mails=[], letters=[], ledger={}, parked=[parked]))
    assert [finding.kind for finding in found] == [Kind.STUCK]
    assert not found[0].breaks


def test_a_refusal_needs_a_reason_that_explains_it() -> None:
    """Who comes second in a race may be refused; nobody else, and nobody for a reason of another kind."""
    second = (
        *LINES,
        Line(What.ASKED, LIST, "k3", "other", {"action": "send"}),
        Line(What.REFUSED, LIST, "k3", "other", {"action": "send", "problem": "already-answered"}),
    )
    assert _found(SOUND, second, {LIST: Scenario.RACE}) == []
    assert [finding.kind for finding in _found(SOUND, second)] == [Kind.UNEXPLAINED]
    odd = (*second[:-1], replace(second[-1], details={"action": "send", "problem": "persons-differ"}))
    assert [finding.kind for finding in _found(SOUND, odd, {LIST: Scenario.RACE})] == [Kind.UNEXPLAINED]


def test_two_outcomes_of_one_command_are_found() -> None:
    """The same key has the same outcome, however often it is sent; and only one answer is accepted."""
    other_version = (*LINES, replace(LINES[-1], details={"action": "send", "version": VERSION + 1}))
    assert Kind.DOUBLED in {finding.kind for finding in _found(SOUND, other_version)}
    refused = (*LINES, Line(What.REFUSED, LIST, "k2", "one", {"action": "send", "problem": "already-answered"}))
    assert Kind.DOUBLED in {finding.kind for finding in _found(SOUND, refused, {LIST: Scenario.RACE})}
    another = (
        *LINES,
        Line(What.ASKED, LIST, "k4", "other", {"action": "send"}),
        Line(What.ACCEPTED, LIST, "k4", "other", {"action": "send", "version": VERSION}),
    )
    assert Kind.DOUBLED in {finding.kind for finding in _found(SOUND, another)}


def test_who_is_never_told_counts_as_stuck() -> None:
    """A command whose client never learns what became of it is stuck, and nobody was told."""
    asked = (*LINES, Line(What.ASKED, LIST, "k5", "one", {"action": "save"}), Line(What.UNKNOWN, LIST, "k5", "one"))
    assert [finding.kind for finding in _found(SOUND, asked)] == [Kind.SILENT]


def test_a_wrong_list_has_to_come_back() -> None:
    """What is not valid is neither taken nor silently dropped."""
    wrong = (Line(What.PUBLISHED, "FK-00-0009", "m9", "imdi", {"expects": "rejected", "persons": [{"number": 2}]}),)
    assert [finding.kind for finding in _found(Facts(), wrong, {})] == [Kind.LOST]
    back = _record("distribution.rejections.v1", "distribution.rejection.v1", None, list_id="FK-00-0009")
    assert _found(Facts(records=[back]), wrong, {}) == []
    unread = _record("distribution.rejections.v1", "distribution.rejection.v1", None, list_id=None, message_id="m9")
    assert _found(Facts(records=[unread]), wrong, {}) == []


def test_answered_though_all_sendings_were_refused_is_found() -> None:
    """An answer that nobody was told of as given must not be there."""
    refused = (
        *LINES[:-1],
        Line(What.REFUSED, LIST, "k2", "one", {"action": "send", "problem": "version-conflict"}),
    )
    assert Kind.DOUBLED in {finding.kind for finding in _found(SOUND, refused, {LIST: Scenario.RACE})}


def test_a_withdrawal_holds_after_the_answer_and_before() -> None:
    """What IMDi takes back is withdrawn, holds no place, and what was answered before stays answered."""
    withdrawal = Line(What.PUBLISHED, LIST, "m2", "imdi", {"expects": "taken", "kind": "imdi.withdraw-list.v1"})
    assert {finding.kind for finding in _found(SOUND, (*LINES, withdrawal))} == {Kind.LOST}
    persons = _persons(p1=PersonFact("withdrawn", True))
    facts = _answered_by(SOUND, status="withdrawn", version=VERSION + 1, persons=persons)
    facts = replace(
        facts,
        records=[*SOUND.records, _event(VERSION + 1, "distribution.list-withdrawn.v1")],
        notices={LIST: [*SOUND.notices[LIST], "list_withdrawn"]},
        mails=[*SOUND.mails, MailFact("c", LIST, "sent")],
        mailbox={**SOUND.mailbox, "c": 1},
        ledger={},
        shown={LIST: ShownFact(VERSION + 1, "withdrawn", frozenset({1}))},
    )
    assert _found(facts, (*LINES, withdrawal)) == []


def test_a_list_whose_persons_were_all_declined_is_not_there_to_be_withdrawn() -> None:
    """Whom the municipality declined is nobody to take back: such a list stays answered."""
    lines = (
        LINES[0],
        replace(LINES[1], details={"action": "approve", "accepted": [], "declined": {1: "other", 2: "security"}}),
        *LINES[2:],
        Line(What.PUBLISHED, LIST, "m2", "imdi", {"expects": "taken", "kind": "imdi.withdraw-list.v1"}),
    )
    persons = {1: PersonFact("declined", False, "other"), 2: PersonFact("declined", False, "security")}
    declined = [
        {"running_number": 1, "accepted": False, "reason": "other"},
        {"running_number": 2, "accepted": False, "reason": "security"},
    ]
    answer = replace(_answer(), value=json.dumps({"persons": declined}).encode())
    facts = replace(
        _answered_by(SOUND, persons=persons),
        records=[answer if "answers" in record.topic else record for record in SOUND.records],
        letters=[],
        ledger={},
        shown={LIST: ShownFact(VERSION, "answered", frozenset())},
    )
    assert _found(facts, lines) == []
