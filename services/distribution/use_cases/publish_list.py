"""Take a list that IMDi publishes, or send it back with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.calendar import day_in_oslo
from services.distribution.domain.lists import DistributionList
from services.distribution.domain.offer_checks import (
    OfferFields,
    Surroundings,
    offer_problems,
    open_list_problems,
    record_problems,
)
from services.distribution.domain.offers import Offer, receive
from services.distribution.domain.problems import Problem
from services.distribution.domain.reoffers import offered_again, replacement
from services.distribution.use_cases.ports import Held, Original, Ports, Reoffer

MOST_RACES = 10
LIST_CHANGED = Problem("list_id", "list-changed", "A list with this id and another content has been received before.")
UNKNOWN_REPLACED = Problem("replaces", "unknown-list", "There is no list with this id, and none has come.")


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


async def publish_list(incoming: Incoming, ports: Ports, *, received_at: datetime, now: datetime) -> None:
    """Take the list, send it back, or keep it until it can be told which.

    It may have to wait for the register of municipalities, and for the withdrawal from the list that it replaces.
    The same content under the same list id again changes nothing, whatever the message's id.
    """
    fields, offer = incoming.fields, incoming.offer
    number, today = fields.municipality_number, day_in_oslo(received_at)
    bearer = None if number is None else await ports.municipalities.bearer(number, today)
    untold = False
    if number is not None and bearer is None:
        size = await ports.municipalities.awaited()
        held = Held(incoming.original, received_at)
        if size is not None and offer is not None and await ports.waiting.hold(held, offer.list_id, size):
            return
        # The register may have arrived since it was asked for the number: where nothing is awaited, it tells now.
        bearer = await ports.municipalities.bearer(number, today)
        untold = size is not None and offer is None
    known = None if bearer is None and untold else bearer is not None
    for _ in range(MOST_RACES):
        replaced = await _replaced(offer, ports)
        found = await _problems(incoming, ports, known=known, received_at=received_at)
        if found is None:
            return
        if not found and offer is not None and (obstacles := await _obstacles(incoming, offer, replaced, ports)):
            if now < received_at + ports.reoffer_wait:
                await _wait(incoming, offer, replaced, ports, received_at)
                return
            found = obstacles
        if found or offer is None or bearer is None:
            await ports.rejections.send_back(incoming.original, fields.list_id, number, found)
            return
        if await _take(offer, bearer, replaced, ports, received_at):
            return
    raise RaceLostError


async def _replaced(offer: Offer | None, ports: Ports) -> DistributionList | None:
    """Open the list that this one replaces: locked, so that it is told of what is decided here, and in that order."""
    if offer is None or offer.replaces in {None, offer.list_id}:
        return None
    assert offer.replaces is not None
    return await ports.lists.of_any_municipality(offer.replaces)


async def _problems(
    incoming: Incoming, ports: Ports, *, known: bool | None, received_at: datetime
) -> list[Problem] | None:
    """List all that is wrong and will stay so; None where the list is here already, with this very content."""
    fields, offer = incoming.fields, incoming.offer
    problems = [*incoming.shape, *record_problems(fields)]
    digest = None if fields.list_id is None else await ports.lists.digest(fields.list_id)
    if offer is not None and digest == offer.digest:
        return problems or None
    if offer is not None and digest is not None:
        problems.append(LIST_CHANGED)
    today, number = day_in_oslo(received_at), fields.municipality_number
    merged = known is False and number is not None
    around = Surroundings(
        day=today,
        municipality_known=known,
        successor_number=await ports.municipalities.successor(number or "", today) if merged else None,
        on_open_lists=await ports.lists.open_elsewhere({fields.list_id, fields.replaces}, fields.persons),
        synthetic_only=ports.synthetic_only,
    )
    return [*problems, *offer_problems(fields, around)]


async def _obstacles(
    incoming: Incoming, offer: Offer, replaced: DistributionList | None, ports: Ports
) -> list[Problem]:
    """Tell what may still come right: a withdrawal that is on its way by another partition, or the list itself."""
    if offer.replaces is None:
        return []
    if replaced is None:
        return [UNKNOWN_REPLACED]
    return list(open_list_problems(await ports.lists.open_elsewhere({offer.list_id}, incoming.fields.persons)))


async def _wait(
    incoming: Incoming, offer: Offer, replaced: DistributionList | None, ports: Ports, received_at: datetime
) -> None:
    assert offer.replaces is not None, "it waits for the list it replaces"
    reoffer = Reoffer(offer.list_id, offer.replaces, replaced.version if replaced else 0)
    await ports.waiting.hold_reoffer(Held(incoming.original, received_at), reoffer)


async def _take(
    offer: Offer, bearer: str, replaced: DistributionList | None, ports: Ports, received_at: datetime
) -> bool:
    """Keep the list, and tell the one that it replaces; False where another transaction was first."""
    replaces = replacement(replaced, bearer) if replaced else None
    received, events = receive(offer, bearer, received_at, replaces=replaces)
    if not await ports.lists.add(received, offer, events):
        return False
    if replaced is not None:
        await ports.lists.save(replaced, *offered_again(replaced, received))
    return True
