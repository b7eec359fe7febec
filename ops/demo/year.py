"""A national year as lines of CloudEvents: the requests of all municipalities, then every distribution list.

What the lines hold is accepted on any day of their year: no list names a deadline (the receiver then gives it seven
days from receipt), a request may be answered until 31 December, and people are as old as they are invented to be on
1 January, so that everybody is born and every unaccompanied minor stays one. ``time`` of a line says when IMDi would
have published it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random

from contracts.envelope import SPEC_VERSION, Message
from contracts.imdi.v1 import PublishDistributionList, RequestPlaces
from ops.demo.identity import Numbers, UniqueNumbers
from ops.demo.people import Setting, households
from ops.demo.spread import OSLO, Place, Planned, division, plan, working_days
from ops.inbound import SOURCE

LISTS = 10_000
PERSONS = 38_000
_FIRST_LIST = 100_001
"""Above the numbers of the demonstration's lists: both can be loaded into one stack."""

_MINORS = 0.03
"""Share of a request that asks for places for unaccompanied minors."""


@dataclass(frozen=True, slots=True)
class Year:
    """Which year to invent. The same one has the same lines, to the byte."""

    year: int
    seed: int
    lists: int = LISTS
    persons: int = PERSONS
    requests: bool = True


def lines(wanted: Year, places: Sequence[Place] | None = None) -> Iterator[str]:
    """Yield the lines, each a structured CloudEvent in JSON. Raises ValueError where so many persons do not fit.

    Lists are invented as they are asked for: only the plan is held, and the numbers that were given out.
    """
    places = division() if places is None else places
    planned = plan(Random(f"{wanted.seed}/plan"), wanted.year, wanted.lists, wanted.persons, places)
    if wanted.requests:
        opening = datetime.combine(next(working_days(wanted.year)), time(7), OSLO)
        for request in requests(wanted.year, planned, places):
            yield line(request, f"{request.municipality_number}/{request.year}", opening)
    random, numbers = Random(f"{wanted.seed}/people"), UniqueNumbers()
    for index, one in enumerate(planned):
        body = _distribution_list(random, one, f"FL-{wanted.year}-{_FIRST_LIST + index}", numbers)
        yield line(body, body.list_id, one.at)


def requests(year: int, planned: Sequence[Planned], places: Sequence[Place]) -> Iterator[RequestPlaces]:
    """Ask every municipality for as many places as its lists will take, one at least, some of them for minors."""
    persons: Counter[str] = Counter()
    for one in planned:
        persons[one.municipality_number] += one.persons
    for place in places:
        minors = round(persons[place.number] * _MINORS)
        yield RequestPlaces(
            municipality_number=place.number,
            year=year,
            ordinary_places=max(1, persons[place.number] - minors),
            unaccompanied_minor_places=minors,
            answer_by=date(year, 12, 31),
        )


def _distribution_list(random: Random, planned: Planned, list_id: str, numbers: Numbers) -> PublishDistributionList:
    setting = Setting(planned.at.date(), numbers=numbers)
    return PublishDistributionList(
        list_id=list_id,
        municipality_number=planned.municipality_number,
        persons=list(households(random, planned.persons, setting)),
    )


def line(body: Message, subject: str, at: datetime) -> str:
    """Write a message as a CloudEvent in structured form, on one line."""
    head = {
        "specversion": SPEC_VERSION,
        "id": f"{body.message_type}:{subject}",
        "source": SOURCE,
        "type": body.message_type,
        "subject": subject,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
    }
    return f'{json.dumps(head)[:-1]}, "data": {body.model_dump_json(exclude_none=True)}}}'
