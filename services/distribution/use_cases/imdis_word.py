"""What IMDi says of a list that is here: done, or sent back with everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.offer_checks import OfferFields, record_problems, unborne
from services.distribution.domain.problems import Problem
from services.distribution.use_cases.ports import Held, Original, Ports

UNKNOWN_LIST = Problem("list_id", "unknown-list", "The municipality has no list with this id.")


@dataclass(frozen=True, slots=True)
class Word:
    """Which list of which municipality a message of IMDi's is about, and the record that it is."""

    fields: OfferFields
    original: Original
    list_id: str
    municipality_number: str


async def heed(
    word: Word,
    ports: Ports,
    decide: Callable[[DistributionList], Decided | list[Problem]],
    *,
    received_at: datetime,
) -> bool:
    """Open the list, let the domain decide, keep what it decided; or send the message back.

    Of a list that waits it waits too, and comes after it. Returns whether it was heeded, now and here.
    """
    problems = list(record_problems(word.fields))
    number, today = word.municipality_number, day_in_oslo(received_at)
    bearer = await ports.municipalities.bearer(number, today)
    current = None if bearer is None else await _find(word.list_id, bearer, today, ports)
    if current is None and await ports.waiting.hold_behind(Held(word.original, received_at), word.list_id):
        return False
    if current is None:
        successor = await ports.municipalities.successor(number, today) if bearer is None else None
        problems.append(unborne(successor) if bearer is None else UNKNOWN_LIST)
    else:
        decided = decide(current)
        if isinstance(decided, list):
            problems += decided
        elif not problems:
            await ports.lists.save(current, *decided)
    if problems:
        await ports.rejections.send_back(word.original, word.list_id, number, problems)
    return not problems


async def _find(list_id: str, bearer: str, today: date, ports: Ports) -> DistributionList | None:
    """Open a list of the municipality, or of one that has merged into it."""
    own = await ports.lists.get(list_id, bearer)
    if own is not None:
        return own
    answers_for = await ports.municipalities.answers_for(bearer, today) - {bearer}
    if not answers_for:
        return None
    found = await ports.lists.of_any_municipality(list_id)
    return found if found is not None and found.municipality_id in answers_for else None
