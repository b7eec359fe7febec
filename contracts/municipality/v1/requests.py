"""What IMDi requests of a year, what the municipality resolves, and what comes of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from contracts.envelope import Message
from contracts.fields import (
    Actor,
    Count,
    FieldProblem,
    MunicipalityId,
    Part,
    ShortText,
    Text,
    Version,
    Year,
)


# Commands. Key: the municipality id. Subject: ``<municipality>/<year>`` or the municipality id.
class RegisterResolution(Message):
    """The municipality's resolution (vedtak) for a year. Not registered is not the same as zero: zero refuses."""

    message_type: ClassVar[str] = "municipality.register-resolution.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: ShortText
    more_than_requested: bool = False
    """Whether more places than IMDi asks for is meant; else that is refused as a likely mistake."""
    expected_version: Version
    actor: Actor


class PlacesRequested(Message):
    """IMDi's request for a year has arrived, or changed."""

    message_type: ClassVar[str] = "municipality.places-requested.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date


class ResolutionRegistered(Message):
    """The municipality resolved how many it takes: the agreement for the year follows from it."""

    message_type: ClassVar[str] = "municipality.resolution-registered.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date


class RequestUnanswered(Message):
    """The day by which IMDi's request was to be answered is over, and no resolution has come.

    Told once a due date: its id is made from the municipality, the year and the date.
    """

    message_type: ClassVar[str] = "municipality.request-unanswered.v1"
    municipality_id: MunicipalityId
    year: Year
    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date


class Request(Part):
    """IMDi's request (anmodning) for the year."""

    ordinary_places: Count
    unaccompanied_minor_places: Count
    answer_by: date
    received_at: datetime


class Resolution(Part):
    """The municipality's resolution (vedtak) for the year."""

    ordinary_places: Count
    unaccompanied_minor_places: Count
    resolved_on: date
    case_number: ShortText
    registered_at: datetime
    registered_by: ShortText | None = None
    """The caseworker's name, for colleagues; None where it was not kept."""


class RequestRejection(Message):
    """A message on ``imdi.requests`` that was not taken, with everything wrong in it by field path."""

    message_type: ClassVar[str] = "municipality.rejection.v1"
    message_id: Text | None = None
    municipality_number: Text | None = None
    topic: Text
    partition: int
    offset: int
    errors: list[FieldProblem]
