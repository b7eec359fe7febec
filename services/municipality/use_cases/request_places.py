"""Take IMDi's yearly request, or send it back with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.municipality.domain.ledger import Request, YearId
from services.municipality.domain.requests import Problem, RequestFields, problems
from services.municipality.use_cases.ports import Ledgers, Municipalities, Original, Rejections


class TakeRequest(Protocol):
    """What both use cases here look like."""

    async def __call__(
        self,
        incoming: Incoming,
        ledgers: Ledgers,
        municipalities: Municipalities,
        rejections: Rejections,
        *,
        today: date,
    ) -> None:
        """Deal with a request."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record on IMDi's topic: what could be read of it, and the record itself."""

    fields: RequestFields
    original: Original
    shape: Sequence[Problem] = ()
    """What is wrong with its form; then there is no request."""
    request: Request | None = None


async def repeat_request(
    incoming: Incoming, ledgers: Ledgers, municipalities: Municipalities, rejections: Rejections, *, today: date
) -> None:
    """Deal with a request whose message id has come before: a careless sender, or the same record delivered again.

    What IMDi has asked for before changes nothing: an older request that comes again must not replace a newer one.
    Another content under the id is a request like any other.
    """
    fields = incoming.fields
    if incoming.request is not None and fields.municipality_number is not None and fields.year is not None:
        bearer = await municipalities.bearer(fields.municipality_number, today)
        if bearer is not None and await ledgers.has_had(YearId(bearer, fields.year), incoming.request):
            return
    await request_places(incoming, ledgers, municipalities, rejections, today=today)


async def request_places(
    incoming: Incoming, ledgers: Ledgers, municipalities: Municipalities, rejections: Rejections, *, today: date
) -> None:
    """Take the request; the same one again changes nothing. ``today``: the day in Norway."""
    fields = incoming.fields
    number = fields.municipality_number
    bearer = await municipalities.bearer(number, today) if number is not None else None
    successor = await municipalities.successor(number, today) if number is not None and bearer is None else None
    found = [*incoming.shape, *problems(fields, known=bearer is not None, today=today, successor=successor)]
    if found or incoming.request is None or bearer is None or fields.year is None:
        await rejections.send_back(incoming.original, number, found)
        return
    year = await ledgers.year(YearId(bearer, fields.year))
    assert year is not None, "the register has just named this municipality"
    changed, events = year.request_places(incoming.request)
    await ledgers.save(changed, events)
