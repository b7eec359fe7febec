"""Distribution's events as what notification tells of, and as what it waits for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from chassis.reading.subscriptions import Received
from contracts.distribution import threads_v1 as threads, v1 as distribution
from contracts.envelope import Message
from services.notification.domain.mail import Announcement, Answer
from services.notification.domain.notices import NoticeKind
from services.notification.use_cases.post_notice import PostNotice
from services.notification.use_cases.tell_lists import News
from services.notification.use_cases.watch import NoMore, Placed, Planned, Step

KINDS: Mapping[type[Message], NoticeKind] = {
    distribution.ListReceived: NoticeKind.LIST_RECEIVED,
    distribution.ListAnswered: NoticeKind.LIST_ANSWERED,
    distribution.ListWithdrawn: NoticeKind.LIST_WITHDRAWN,
    distribution.PersonsWithdrawn: NoticeKind.PERSONS_WITHDRAWN,
    distribution.DeadlineNear: NoticeKind.DEADLINE_NEAR,
    distribution.DeadlineToday: NoticeKind.DEADLINE_TODAY,
    distribution.ListOverdue: NoticeKind.LIST_OVERDUE,
    distribution.DeadlineExtended: NoticeKind.DEADLINE_EXTENDED,
    distribution.ListApproved: NoticeKind.COLLEAGUE_APPROVED,
    threads.ImdiWrote: NoticeKind.IMDI_WROTE,
}
"""What municipalities are told of, and by which notice."""

MESSAGES: Collection[type[Message]] = (
    *KINDS,
    distribution.PersonsPlaced,
    distribution.SettlementPlanned,
    distribution.PersonSettled,
    distribution.PersonsErased,
)


def news(received: Received[Any]) -> News | None:
    """Read what the municipality is told; None where that is nothing. The list's version is the event's sequence."""
    body, sequence = received.body, received.envelope.sequence
    kind = KINDS.get(type(body))
    if kind is None:
        return None
    assert sequence is not None, "the subscription dead-letters an event without"
    by = body.approved_by if isinstance(body, distribution.ListApproved) else None
    command = PostNotice(kind, body.municipality_id, body.list_id, sequence, received.envelope.time, by=by)
    return News(command, _announcement(body))


def step(received: Received[Any]) -> Step | None:
    """Read whom to wait for, or for whom no longer; None where it is about neither."""
    match body := received.body:
        case distribution.PersonsPlaced():
            return Placed(body.municipality_id, body.list_id, _numbers(body.persons), body.placed_on)
        case distribution.SettlementPlanned():
            monday = date.fromisocalendar(body.week.year, body.week.week, 1) if body.week else None
            return Planned(body.list_id, tuple(body.running_numbers), monday)
        case distribution.PersonSettled():
            return NoMore(body.list_id, _numbers([body.person]))
        case distribution.PersonsErased():
            return NoMore(body.list_id, tuple(body.running_numbers))
        case distribution.ListWithdrawn() | distribution.PersonsWithdrawn():
            return NoMore(body.list_id, _numbers(body.persons))
    return None


def _announcement(body: Any) -> Announcement:  # noqa: ANN401  one of KINDS
    match body:
        case distribution.ListReceived():
            return Announcement(len(body.persons), body.deadline)
        case distribution.ListAnswered():
            answer = Answer(len(body.accepted), body.answered_on, body.late)
            return Announcement(len(body.accepted) + len(body.declined), None, answer)
        case distribution.ListApproved():
            return Announcement(body.accepted + body.declined, None)
        case distribution.ListWithdrawn() | distribution.PersonsWithdrawn():
            return Announcement(len(body.persons), None)
    return Announcement(body.persons, body.deadline)


def _numbers(persons: Any) -> tuple[int, ...]:  # noqa: ANN401  the contract's persons
    return tuple(person.running_number for person in persons)
