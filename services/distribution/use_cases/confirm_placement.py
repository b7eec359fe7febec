"""IMDi confirms which accepted persons are placed (policy ``imdi-confirmed``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.answering import confirm_placement as decide
from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.offer_checks import OfferFields, record_problems
from services.distribution.domain.problems import Problem
from services.distribution.use_cases.ports import Lists, Municipalities, Original, Rejections

UNKNOWN_MUNICIPALITY = Problem("municipality_number", "unknown-municipality", "No municipality has this number.")
UNKNOWN_LIST = Problem("list_id", "unknown-list", "The municipality has no list with this id.")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Which persons IMDi says are placed, by running number, and the record that says so."""

    fields: OfferFields
    original: Original
    list_id: str
    municipality_number: str
    placed: Sequence[int]


async def confirm_placement(
    confirmation: Confirmation,
    lists: Lists,
    municipalities: Municipalities,
    rejections: Rejections,
    *,
    received_at: datetime,
) -> None:
    """Place them all, or send the confirmation back; who is placed already stays placed."""
    problems = list(record_problems(confirmation.fields))
    number = confirmation.municipality_number
    bearer = await municipalities.bearer(number, day_in_oslo(received_at))
    current = None if bearer is None else await lists.get(confirmation.list_id, bearer)
    if current is None:
        problems.append(UNKNOWN_MUNICIPALITY if bearer is None else UNKNOWN_LIST)
    else:
        decided = decide(current, confirmation.placed, at=received_at)
        if isinstance(decided, list):
            problems += decided
        elif not problems:
            await lists.save(current, *decided)
    if problems:
        await rejections.send_back(confirmation.original, confirmation.list_id, number, problems)
