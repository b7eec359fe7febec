"""What clients get of years and their ledgers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field

from contracts.codes import Movement, PlaceKind
from contracts.municipality.v1 import LedgerChangeState, Places, Request, Resolution
from gateway.api.models import Answered, LedgerYear, NextLink
from gateway.readmodel.agreements import Agreement
from gateway.readmodel.ledger import LedgerLine
from gateway.readmodel.places import NO_PLACES


class YearChange(Answered):
    """Something in the history of a year: a request, a resolution, or a deadline that passed without one."""

    version: int
    at: datetime
    request: Request | None
    resolution: Resolution | None
    unanswered: Annotated[date | None, Field(description="The day by which the request was to be answered.")]

    @classmethod
    def of(cls, state: LedgerChangeState) -> Self:
        """Make it from the change's state."""
        return cls.model_validate(state.model_dump(include=set(cls.model_fields)))


class WholeYear(LedgerYear):
    """A year with its history, in its order. `version` is also its ETag."""

    version: int
    awaits_resolution: Annotated[bool, Field(description="IMDi has asked since the municipality last resolved.")]
    history: list[YearChange]

    @classmethod
    def of_all(cls, found: Agreement) -> Self:
        """Make it from what the read model has of the year."""
        state = found.state
        return cls(
            year=found.year,
            version=found.version,
            request=state.request if state else None,
            resolution=state.resolution if state else None,
            ordinary=state.ordinary if state else NO_PLACES,
            unaccompanied_minor=state.unaccompanied_minor if state else NO_PLACES,
            awaits_resolution=found.awaits_resolution,
            history=[YearChange.of(change) for change in found.changes],
        )


class LedgerEntry(Answered):
    """A line of the ledger: signed changes of one kind's sums. `left`: of that kind after this line."""

    number: Annotated[int, Field(description="1, 2, 3 … in the year, without a gap.")]
    at: datetime
    place_kind: PlaceKind
    movement: Movement
    agreed: int
    requested: int
    placed: int
    settled: int
    left: int
    list_id: Annotated[str | None, Field(description="The list it came of; null for a resolution.")]
    running_numbers: list[int]
    ledger_version: Annotated[int, Field(description="The year's version that it came with.")]
    caused_by: Annotated[str | None, Field(description="Id of the message it came of; null for old entries.")]

    @classmethod
    def of(cls, line: LedgerLine) -> Self:
        """Make it from the line's state."""
        return cls.model_validate({**line.entry.model_dump(), "left": line.left})


class LedgerPage(Answered):
    """Lines of a year's ledger, and the sums of all its lines up to `as_of`. `left` below zero: more than agreed."""

    year: int
    as_of: date | None
    ordinary: Places
    unaccompanied_minor: Places
    items: list[LedgerEntry]
    next: NextLink = None
