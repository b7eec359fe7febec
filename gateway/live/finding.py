"""What is new in a state, seen beside the row that was there before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contracts.codes import DispatchStatus, ListChangeKind
from contracts.distribution.history import ListChangeState
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import ListState
from contracts.envelope import Message
from contracts.letters.v1 import LetterState
from contracts.municipality.v1 import LedgerYearState
from contracts.notification.v1 import NoticeState
from gateway.live.news import Kind, News

Before = Mapping[str, Any] | None
"""The body of the row that is there already; None where there is none."""

STEPS = {
    ListChangeKind.SAVED: Kind.LIST_SAVED,
    ListChangeKind.APPROVED: Kind.LIST_APPROVED,
    ListChangeKind.RETURNED: Kind.LIST_RETURNED,
    ListChangeKind.SENT: Kind.LIST_ANSWERED,
}


def of_list(before: Before, state: ListState) -> Iterator[News]:
    """Tell what IMDi has done with a list; its municipality's own steps are told of their own records."""
    about = (state.municipality_id, state.list_id)
    if before is None:
        yield News(Kind.LIST_TOUCHED if state.withdrawn or state.answered else Kind.LIST_PUBLISHED, *about)
        return
    kinds = []
    if state.withdrawn is not None and before.get("withdrawn") is None:
        kinds.append(Kind.LIST_WITHDRAWN)
    elif state.withdrawn_persons > before.get("withdrawn_persons", 0):
        kinds.append(Kind.PERSONS_WITHDRAWN)
    if state.deadline.isoformat() != before.get("deadline"):
        kinds.append(Kind.DEADLINE_MOVED)
    if state.placed > before.get("placed", 0):
        kinds.append(Kind.PERSONS_PLACED)
    for kind in kinds or [Kind.LIST_TOUCHED]:
        yield News(kind, *about)


def of_change(before: Before, state: ListChangeState) -> Iterator[News]:
    """Tell what somebody in the municipality has done. Such a record never changes."""
    if before is None:
        step = STEPS[state.kind]
        yield News(step, state.municipality_id, state.list_id, version=state.version, actor=state.by.user_id)


def of_message(before: Before, state: ThreadMessageState) -> Iterator[News]:
    """Tell what was written in a thread. It never changes either."""
    if before is None:
        kind = Kind.IMDI_WROTE if state.by_imdi else Kind.QUESTION_ASKED
        actor = None if state.by_imdi else state.written.user_id
        yield News(kind, state.municipality_id, state.list_id, state.running_number, actor=actor)


def of_notice(_before: Before, state: NoticeState) -> Iterator[News]:
    """Tell of a notice, or that it was read, or mailed."""
    yield News(Kind.NOTICE, state.municipality_id, state.list_id)


def of_letter(before: Before, state: LetterState) -> Iterator[News]:
    """Tell of a letter's way. One that belongs to a request names its case where others name their list."""
    list_id = None if state.year else state.list_id
    status = state.dispatch.status if state.dispatch else None
    was = ((before or {}).get("dispatch") or {}).get("status")
    read = status is DispatchStatus.READ and was != DispatchStatus.READ.value
    kind = Kind.LETTER_READ if read else Kind.LETTER_MOVED
    yield News(kind, state.municipality_id, list_id, state.running_number if read else None)


def of_year(before: Before, state: LedgerYearState) -> Iterator[News]:
    """Tell of the sums of a year, and IMDi's request for places in it."""
    asked = state.request is not None and (before or {}).get("request") is None
    yield News(Kind.PLACES_REQUESTED if asked else Kind.LEDGER, state.municipality_id)


FINDERS: Mapping[type[Message], Callable[[Before, Any], Iterator[News]]] = {
    ListState: of_list,
    ListChangeState: of_change,
    ThreadMessageState: of_message,
    NoticeState: of_notice,
    LetterState: of_letter,
    LedgerYearState: of_year,
}
