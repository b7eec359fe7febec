"""The ledger of places: its movements as facts, and its years, lists and lines as state."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.codes import Movement, PlaceKind
from contracts.envelope import Message
from contracts.fields import (
    Count,
    ListId,
    MunicipalityId,
    Part,
    RunningNumber,
    Text,
    Version,
    Year,
)
from contracts.municipality.v1.requests import Request, Resolution


class LedgerMovement(Part):
    """Movement of one kind of place: signed changes of the four sums; ``left`` changes by agreed − the others."""

    place_kind: PlaceKind
    movement: Movement | None = None
    """None: from a release that did not say."""
    agreed: int = 0
    requested: int = 0
    placed: int = 0
    settled: int = 0
    running_number: RunningNumber | None = None


class PlacesMoved(Message):
    """Entries were added to a ledger year because of a list's fact."""

    message_type: ClassVar[str] = "municipality.places-moved.v1"
    municipality_id: MunicipalityId
    year: Year
    list_id: ListId
    list_version: Version
    movements: list[LedgerMovement]


class Places(Part):
    """One kind of place in one year. ``agreed`` is None until a resolution is registered and counts as 0 then.

    ``left = agreed − settled − placed − requested``; below zero: more than agreed.
    """

    agreed: int | None
    requested: int
    placed: int
    settled: int
    left: int


class LedgerYearState(Message):
    """The ledger of places of a municipality and year. Key: ``<municipality>/<year>``."""

    message_type: ClassVar[str] = "municipality.ledger-year-state.v1"
    municipality_id: MunicipalityId
    year: Year
    request: Request | None = None
    resolution: Resolution | None = None
    ordinary: Places
    unaccompanied_minor: Places


class LedgerListState(Message):
    """What one list holds in one ledger year, up to ``list_version``. Key: ``<municipality>/<year>/<list>``.

    Its record follows the year's record: who sees this version sees the sums that include it.
    """

    message_type: ClassVar[str] = "municipality.ledger-list-state.v1"
    municipality_id: MunicipalityId
    year: Year
    list_id: ListId
    list_version: Version
    requested: Count
    placed: Count
    settled: Count


class LedgerEntryState(Message):
    """One line of the ledger of a municipality and year. Key: ``<municipality>/<year>/entries/<number>``.

    Written once and never changed: the year's sums are the sums of its lines, and its numbers have no gap. ``at``: when
    it happened. Agreed comes from the resolution registered at ``ledger_version``; all else from a list's fact.
    """

    message_type: ClassVar[str] = "municipality.ledger-entry-state.v1"
    municipality_id: MunicipalityId
    year: Year
    number: Annotated[int, Field(ge=1)]
    ledger_version: Version
    at: datetime
    place_kind: PlaceKind
    movement: Movement
    agreed: int
    requested: int
    placed: int
    settled: int
    list_id: ListId | None = None
    list_version: Version | None = None
    running_numbers: list[RunningNumber] = []
    caused_by: Text | None = None
    """Id of the message it came of; None for entries from before it was kept."""


class LedgerChangeState(Message):
    """A request, a resolution or a passed deadline of a year. Key: ``<municipality>/<year>/changes/<version>``.

    Written once and never changed; exactly one of ``request``, ``resolution`` and ``unanswered`` is there.
    ``unanswered``: the day by which the request was to be answered, and was not.
    """

    message_type: ClassVar[str] = "municipality.ledger-change-state.v1"
    municipality_id: MunicipalityId
    year: Year
    version: Version
    at: datetime
    request: Request | None = None
    resolution: Resolution | None = None
    unanswered: date | None = None
