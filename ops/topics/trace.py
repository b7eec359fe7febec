"""One story across all topics: what caused what, and when."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from contracts.fields import ListId
from ops.topics import masking
from ops.topics.records import Range, Reading, Record

_LIST_ID: TypeAdapter[str] = TypeAdapter(ListId)


@dataclass(slots=True)
class Step:
    """A record of the story, without its body. effects: what it caused, by time."""

    id: str
    type: str
    subject: str
    topic: str
    partition: int
    offset: int
    at: datetime
    correlation: str
    causation: str
    erased: bool
    again: bool
    effects: list[Step] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Write it and all it caused as JSON's values."""
        return {
            "at": self.at.isoformat(),
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "type": self.type,
            "subject": self.subject,
            "id": self.id,
            "correlation": self.correlation,
            "tombstone": self.erased,
            "told_again": self.again,
            "effects": [each.document() for each in self.effects],
        }


def step(record: Record) -> Step:
    """Take what is told of a record: its envelope, with ids masked that have no form of ours."""
    shown = masking.headers(record)
    return Step(
        id=record.header("ce_id"),
        type=shown.get("ce_type", "no type"),
        subject=shown.get("ce_subject", ""),
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at=record.at,
        correlation=record.header("ce_correlationid") or record.header("ce_id"),
        causation=record.header("ce_causationid"),
        erased=record.value is None,
        again=record.header("ce_republished") == "true",
    )


def is_list(text: str) -> bool:
    """Whether the text has the form of a list's id."""
    try:
        _LIST_ID.validate_python(text)
    except ValidationError:
        return False
    return True


def of_list(list_id: str) -> Callable[[Record], bool]:
    """Make the test of whether a record is about a list: by its subject, else by the list that its body names."""
    named = re.compile(rb'"list_id"\s*:\s*"' + re.escape(list_id).encode() + rb'"')

    def takes(record: Record) -> bool:
        subject = record.header("ce_subject")
        if subject == list_id or subject.startswith(f"{list_id}/"):
            return True
        return record.value is not None and named.search(record.value) is not None

    return takes


def collect(bootstrap: str, span: Range, text: str) -> list[Step]:
    """Read all topics and keep what belongs to a correlation id or a list. Raises UserError."""
    about = of_list(text) if is_list(text) else None
    correlations = {text}
    if about is not None:
        for record in _all(bootstrap, span):
            if about(record):
                correlations.add(record.header("ce_correlationid") or record.header("ce_id"))
    return [
        step(record)
        for record in _all(bootstrap, span)
        if _belongs(record, correlations) or (about is not None and about(record))
    ]


def _belongs(record: Record, correlations: set[str]) -> bool:
    return (record.header("ce_correlationid") or record.header("ce_id")) in correlations


def _all(bootstrap: str, span: Range) -> Iterator[Record]:
    with closing(Reading(bootstrap, span)) as reading:
        yield from reading.held()


def forest(steps: Iterable[Step], *, again: bool = False) -> list[Step]:
    """Put each step under what caused it; what a timer did under what began it; the rest are roots. All by time.

    again: with records that were told again because somebody asked for it.
    """
    kept = sorted((each for each in steps if again or not each.again), key=_when)
    first: dict[str, Step] = {}
    about: dict[str, Step] = {}
    for each in kept:
        each.effects = []
        first.setdefault(each.id, each)
        about.setdefault(each.subject, each)
    roots = []
    for each in kept:
        cause = first.get(each.causation) or _begun(each, about)
        if cause is None or cause is each or _leads_to(each, cause, first):
            roots.append(each)
        else:
            cause.effects.append(each)
    return roots


def _begun(each: Step, about: dict[str, Step]) -> Step | None:
    """Find what a timer goes on with, a mail's notice say: the first record about the same, unless that is a list."""
    if each.causation or is_list(each.subject):
        return None
    return about[each.subject]


def _leads_to(cause: Step, effect: Step, first: dict[str, Step]) -> bool:
    """Whether following causes from ``effect`` comes to ``cause``: then the records contradict each other."""
    seen: set[str] = set()
    at: Step | None = effect
    while at is not None and at.id not in seen:
        if at is cause:
            return True
        seen.add(at.id)
        at = first.get(at.causation)
    return at is not None


def bundled(effects: Sequence[Step]) -> list[tuple[Step, int]]:
    """Put effects of one type on one topic, that caused nothing themselves, together: the first, and how many."""
    told: list[tuple[Step, int]] = []
    together: dict[tuple[str, str], int] = {}
    for each in effects:
        kind = (each.topic, each.type)
        if each.effects or each.erased:
            told.append((each, 1))
        elif kind in together:
            place = together[kind]
            told[place] = (told[place][0], told[place][1] + 1)
        else:
            together[kind] = len(told)
            told.append((each, 1))
    return told


def counted(steps: Sequence[Step]) -> dict[str, int]:
    """Count records by topic."""
    found: dict[str, int] = defaultdict(int)
    for each in steps:
        found[each.topic] += 1
    return dict(found)


def _when(each: Step) -> tuple[datetime, str, int, int]:
    return each.at, each.topic, each.partition, each.offset
