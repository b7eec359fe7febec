"""Take IMDi's yearly request, or send it back with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.municipality.domain.ledger import Request, YearId
from services.municipality.domain.requests import Problem, RequestFields, problems
from services.municipality.use_cases.ports import Ledgers, Municipalities, Original, Rejections


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record on IMDi's topic: what could be read of it, and the record itself."""

    fields: RequestFields
    original: Original
    shape: Sequence[Problem] = ()
    """What is wrong with its form; then there is no request."""
    request: Request | None = None


async def request_places(
    incoming: Incoming, ledgers: Ledgers, municipalities: Municipalities, rejections: Rejections, *, today: date
) -> None:
    """Take the request; the same one again changes nothing. ``today``: the day in Norway."""
    fields = incoming.fields
    number = fields.municipality_number
    bearer = await municipalities.bearer(number, today) if number is not None else None
    found = [*incoming.shape, *problems(fields, known=bearer is not None, today=today)]
    if found or incoming.request is None or bearer is None or fields.year is None:
        await rejections.send_back(incoming.original, number, found)
        return
    year = await ledgers.year(YearId(bearer, fields.year))
    assert year is not None, "the register has just named this municipality"
    changed, events = year.request_places(incoming.request)
    await ledgers.save(changed, events)
