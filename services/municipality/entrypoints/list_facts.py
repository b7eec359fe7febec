"""Distribution's events as facts about places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from chassis.reading.subscriptions import Received
from contracts.distribution import v1
from services.municipality.domain.codes import PlaceKind
from services.municipality.domain.list_facts import ListFact, ListHead
from services.municipality.domain.reports import ReportId
from services.municipality.use_cases.answer_report import ReportAnswer

MESSAGES = (
    v1.ListReceived,
    v1.ListAnswered,
    v1.PersonsPlaced,
    v1.PersonSettled,
    v1.PersonsWithdrawn,
    v1.ListWithdrawn,
)
"""The events that move places, or that readers of the ledger wait for."""


def list_fact(received: Received[Any]) -> ListFact:
    """Read the fact in one of MESSAGES. Its version is the event's sequence."""
    body = received.body
    assert received.envelope.sequence is not None, "the subscription dead-letters an event without"
    head = ListHead(body.list_id, body.municipality_id, body.year, received.envelope.sequence, received.envelope.time)
    match body:
        case v1.ListReceived():
            return head.received(_people(body.persons))
        case v1.ListAnswered():
            return head.answered(_people(body.accepted), _people(body.declined))
        case v1.PersonsPlaced():
            return head.placed(_people(body.persons), body.placed_on.year)
        case v1.PersonSettled():
            return head.settled(_people([body.person]), body.placed_on.year)
        case v1.PersonsWithdrawn() | v1.ListWithdrawn():
            return head.withdrawn(_people(body.persons))
    raise TypeError(f"{body.message_type} moves no places")


def self_settlement_answer(received: Received[Any]) -> ReportAnswer | None:
    """Read which report of agreed self-settlement a list answers; None where it answers none."""
    body = received.body
    if not isinstance(body, v1.ListReceived) or body.self_settlement is None:
        return None
    return ReportAnswer(ReportId(body.municipality_id, body.self_settlement), body.list_id)


def _people(persons: Iterable[v1.PersonPlace]) -> Iterator[tuple[int, PlaceKind]]:
    return ((person.running_number, PlaceKind(person.place_kind)) for person in persons)
