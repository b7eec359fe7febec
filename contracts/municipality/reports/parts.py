"""What reports are made of: weeks, homes, named persons; and their bounds."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from contracts.fields import DufNumber, Part, ShortText, Text
from contracts.municipality.codes import FamilyTie, HomeFeature
from contracts.weeks import IsoWeek

WEEKLY_PLACES_ID = "weekly-places"
"""Id of the one report of weekly places that each municipality has."""

ReportId = Annotated[str, Field(pattern=r"^(weekly-places|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
"""Id of a report within its municipality: a UUID that whoever enters it chooses, or ``weekly-places``."""

MOST_WEEKS = 120

MOST_PERSONS = 20

LONGEST_NOTE = 2000

MOST_CHANGES = 100
"""Steps of a report's history that its state tells, the latest; the owner keeps all."""

Note = Annotated[Text, Field(max_length=LONGEST_NOTE)]


class WeekPlaces(Part):
    """How many the municipality can receive in a week. 0: nobody; a week that is not there: nothing is said of it."""

    week: IsoWeek
    places: Annotated[int, Field(ge=0, le=10_000)]


WeekT = TypeVar("WeekT", bound=WeekPlaces)


def each_week_once(weeks: list[WeekT]) -> list[WeekT]:
    """Sort the weeks. Raises ValueError where one is named twice."""
    if len({one.week for one in weeks}) < len(weeks):
        raise ValueError("names a week twice")
    return sorted(weeks, key=lambda one: one.week)


Weeks = Annotated[list[WeekPlaces], Field(max_length=MOST_WEEKS), AfterValidator(each_week_once)]


class Homes(Part):
    """Homes of one kind that the municipality has ready. ``area``: in plain words; names nobody and no address."""

    homes: Annotated[int, Field(ge=1, le=500)] = 1
    """How many such homes."""
    bedrooms: Annotated[int, Field(ge=0, le=20)]
    persons: Annotated[int, Field(ge=1, le=50)]
    """For how many persons each is large enough."""
    available_from: date
    features: Annotated[list[HomeFeature], Field(max_length=10)] = []
    area: Annotated[Text, Field(max_length=200)] = ""


class NamedPerson(Part):
    """Somebody whom a report names. The DUF number, where it is known, tells persons of one name apart."""

    name: ShortText
    duf_number: DufNumber | None = None


Persons = Annotated[list[NamedPerson], Field(min_length=1, max_length=MOST_PERSONS)]


class NamedPersons(Part):
    """Persons whom the municipality asks for. ``note``: to IMDi, about the ties."""

    persons: Persons
    tie: FamilyTie
    note: Note = ""


class SelfSettlement(Part):
    """Persons who have found a home themselves, and with whom the municipality agrees."""

    persons: Persons
    address: ShortText
    """Of the home they have found."""
    moves_in: date
    note: Note = ""
