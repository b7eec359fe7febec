"""Take a list that IMDi publishes, or send it back with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.offer_checks import OfferFields, Surroundings, offer_problems, record_problems
from services.distribution.domain.offers import Offer, receive
from services.distribution.domain.problems import Problem
from services.distribution.use_cases.ports import Held, Lists, Municipalities, Original, Rejections, Waiting

MOST_RACES = 10
LIST_CHANGED = Problem("list_id", "list-changed", "A list with this id and another content has been received before.")


class RaceLostError(Exception):
    """Others were first time and again, and nothing to be seen of them afterwards."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record on IMDi's topic: what could be read of it, and the record itself."""

    fields: OfferFields
    original: Original
    shape: Sequence[Problem] = ()
    """What is wrong with its form; then there is no offer."""
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """What taking a list needs. ``synthetic_only``: whether real identity numbers are refused here."""

    lists: Lists
    municipalities: Municipalities
    waiting: Waiting
    rejections: Rejections
    synthetic_only: bool


async def publish_list(incoming: Incoming, ports: Ports, *, received_at: datetime) -> None:
    """Take the list, send it back, or keep it until the register of municipalities can tell which.

    The same content under the same list id again changes nothing, whatever the message's id.
    """
    fields, offer = incoming.fields, incoming.offer
    number, today = fields.municipality_number, day_in_oslo(received_at)
    bearer = None if number is None else await ports.municipalities.bearer(number, today)
    known: bool | None = bearer is not None
    if number is not None and bearer is None and (size := await ports.municipalities.awaited()) is not None:
        if offer is None:
            known = None
        elif await ports.waiting.hold(Held(incoming.original, received_at), size):
            return
        else:
            bearer = await ports.municipalities.bearer(number, today)
            known = bearer is not None
    for _ in range(MOST_RACES):
        found = await _problems(incoming, ports, known=known, received_at=received_at)
        if found is None:
            return
        if found or offer is None or bearer is None:
            await ports.rejections.send_back(incoming.original, fields.list_id, number, found)
            return
        received, events = receive(offer, bearer, received_at)
        if await ports.lists.add(received, offer, events):
            return
    raise RaceLostError


async def _problems(
    incoming: Incoming, ports: Ports, *, known: bool | None, received_at: datetime
) -> list[Problem] | None:
    """List all that is wrong; None where the list is here already, with this very content."""
    fields, offer = incoming.fields, incoming.offer
    problems = [*incoming.shape, *record_problems(fields)]
    digest = None if fields.list_id is None else await ports.lists.digest(fields.list_id)
    if offer is not None and digest == offer.digest:
        return problems or None
    if offer is not None and digest is not None:
        problems.append(LIST_CHANGED)
    around = Surroundings(
        day=day_in_oslo(received_at),
        municipality_known=known,
        on_open_lists=await ports.lists.open_elsewhere(fields.list_id, fields.persons),
        synthetic_only=ports.synthetic_only,
    )
    return [*problems, *offer_problems(fields, around)]
