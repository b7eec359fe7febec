"""Topics: each answer once, events without gap or reversal, the newest state last; repeats are known by their ids."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from contracts.envelope import EPOCH
from contracts.topics import BY_NAME, Kind as TopicKind
from tests.faults.audit.facts import Facts
from tests.faults.audit.findings import Finding, Kind
from tests.faults.audit.history import History
from tests.faults.topics import Record

OURS = "/fordeling/"
FACTS = (TopicKind.EVENTS, TopicKind.STATE, TopicKind.ANSWERS)
"""Kinds of topics that the relays write and that say what is so: commands and replies are told again on purpose."""
ONCE = frozenset(
    {
        "distribution.list-received.v1",
        "distribution.list-answered.v1",
        "distribution.persons-placed.v1",
        "distribution.list-withdrawn.v1",
    }
)
"""Facts that come about once for each list."""


def findings(found: Mapping[str, History], facts: Facts) -> Iterator[Finding]:
    """Yield what is wrong on topics."""
    ours = _ours(facts.records)
    yield from _repeats(ours)
    first = _first(ours)
    by_kind: dict[TopicKind, list[Record]] = defaultdict(list)
    for record in first:
        by_kind[BY_NAME[record.topic].kind].append(record)
    yield from _events(by_kind[TopicKind.EVENTS], found, facts)
    yield from _answers(by_kind[TopicKind.ANSWERS], found, facts)
    yield from _states([one for one in ours if BY_NAME[one.topic].kind is TopicKind.STATE])


def repeats(records: Sequence[Record]) -> int:
    """Count records that lie on their topic once more, with their id: readers know them as repeats."""
    ours = _ours(records)
    return len(ours) - len(_first(ours))


def _ours(records: Sequence[Record]) -> list[Record]:
    return [
        record
        for record in records
        if record.source.startswith(OURS) and record.topic in BY_NAME and BY_NAME[record.topic].kind in FACTS
    ]


def _first(records: Sequence[Record]) -> list[Record]:
    """Leave out repeats: records of a topic with an id that was there before."""
    seen: set[tuple[str, str]] = set()
    first = []
    for record in records:
        if (record.topic, record.id) not in seen:
            seen.add((record.topic, record.id))
            first.append(record)
    return first


def _repeats(records: Sequence[Record]) -> Iterator[Finding]:
    bodies: dict[tuple[str, str], bytes | None] = {}
    for record in records:
        known = bodies.setdefault((record.topic, record.id), record.value)
        if known != record.value:
            yield Finding(Kind.DOUBLED, record.subject, f"{record.topic} has two bodies under one id")


def _events(records: Sequence[Record], found: Mapping[str, History], facts: Facts) -> Iterator[Finding]:
    by_subject: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        by_subject[record.topic, record.subject].append(record)
    for (topic, subject), events in by_subject.items():
        yield from _sequence(topic, subject, events)
        counts: dict[str, int] = defaultdict(int)
        for event in events:
            counts[event.type] += 1
        for kind in ONCE & counts.keys():
            if counts[kind] > 1:
                yield Finding(Kind.DOUBLED, subject, f"{kind} came about {counts[kind]} times")
    aside = {one.subject for one in facts.aside}
    for list_id in found.keys() & facts.lists.keys() - aside:
        events = by_subject.get(("distribution.events.v1", list_id), [])
        version = facts.lists[list_id].version
        if not events or events[-1].sequence is None or events[-1].sequence % EPOCH != version:
            last = events[-1].sequence if events else None
            yield Finding(Kind.LOST, list_id, f"its events end at {last}, it is at version {version}")
        elif (events[0].sequence or 0) % EPOCH != 1:
            yield Finding(Kind.LOST, list_id, f"its events begin at {events[0].sequence}")


def _sequence(topic: str, subject: str, events: Sequence[Record]) -> Iterator[Finding]:
    for before, after in pairwise(events):
        last, next_ = before.sequence, after.sequence
        if last is None or next_ is None:
            yield Finding(Kind.DISORDER, subject, f"an event on {topic} has no sequence")
        elif next_ == last:
            yield Finding(Kind.DOUBLED, subject, f"two events on {topic} have sequence {last}")
        elif next_ < last:
            yield Finding(Kind.DISORDER, subject, f"{next_} follows {last} on {topic}")
        elif next_ > last + 1 and next_ // EPOCH == last // EPOCH:
            yield Finding(Kind.LOST, subject, f"{next_} follows {last} on {topic}")


def _answers(records: Sequence[Record], found: Mapping[str, History], facts: Facts) -> Iterator[Finding]:
    answers: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.type == "distribution.answer.v1":
            answers[record.subject].append(record)
    aside = {one.subject for one in facts.aside}
    for list_id, fact in facts.lists.items():
        if list_id not in found or list_id in aside:
            continue
        wanted = int(fact.answered)
        there = answers[list_id]
        if len(there) < wanted:
            yield Finding(Kind.LOST, list_id, "answered, and IMDi has no answer")
        elif len(there) > wanted:
            yield Finding(Kind.DOUBLED, list_id, f"IMDi has {len(there)} answers, the list is {fact.status}")
        elif there and _decisions(there[0]) != {
            number: None if person.accept else person.reason for number, person in fact.persons.items()
        }:
            yield Finding(Kind.LOST, list_id, "IMDi's answer says otherwise than the list")


def _decisions(answer: Record) -> dict[int, str | None]:
    """Read the reason for each person that is declined; None: accepted."""
    persons = json.loads(answer.value or b"{}").get("persons", [])
    return {one["running_number"]: None if one["accepted"] else one.get("reason") for one in persons}


def _states(records: Sequence[Record]) -> Iterator[Finding]:
    newest: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for record in records:
        place, sequence = (record.topic, record.key), record.sequence or 0
        newest[place] = max(newest.get(place, 0), sequence)
        last[place] = sequence
    for (topic, key), sequence in last.items():
        if sequence < newest[topic, key]:
            yield Finding(Kind.DISORDER, key, f"{topic} ends with {sequence}, which is older than {newest[topic, key]}")
