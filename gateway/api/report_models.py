"""What clients send and get of reports between the lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from contracts.fields import ShortText
from contracts.municipality.codes import FamilyTie, ReportKind, ReportStatus
from contracts.municipality.reports import (
    MOST_PERSONS,
    MOST_WEEKS,
    Homes,
    NamedPerson,
    NamedPersons,
    Note,
    ReportChange,
    ReportState,
    SelfSettlement,
    WeekPlaces,
    Weeks,
    each_week_once,
)
from gateway.api.bodies import STRICT
from gateway.api.models import Answered, NextLink
from gateway.api.problems import FieldFault, ProblemError
from gateway.api.weeks import ApiWeek
from gateway.readmodel.reports import Report as Found

NAME: JsonSchemaValue = {
    "type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$",
}  # fmt: skip
"""A text of which something is to be seen, as the document tells it: pydantic leaves its pattern out."""

TIES: list[JsonValue] = [
    {
        "title": "With one of these ties",
        "properties": {"tie": {"enum": [one.value for one in FamilyTie if one is not FamilyTie.OTHER]}},
    },
    {
        "title": "With another tie",
        "properties": {
            "tie": {"const": FamilyTie.OTHER.value},
            "note": {"type": "string", "pattern": r"[^\s\x00-\x20]"},
        },
        "required": ["tie", "note"],
    },
]
"""The rule of ``reportNamedPersons`` as the document tells it."""

Named = Annotated[ShortText, Field(pattern=r"\S"), WithJsonSchema(NAME)]


class WeekPlacesBody(WeekPlaces):
    """How many the municipality can receive in a week: 0 for nobody."""

    model_config = STRICT
    week: ApiWeek


class WeeklyPlacesBody(BaseModel):
    """Places of all weeks from this one on. A week that is left out says nothing; one that is over stays as it was."""

    model_config = STRICT
    weeks: Annotated[list[WeekPlacesBody], Field(max_length=MOST_WEEKS)]

    def said(self) -> Weeks:
        """Give the weeks as messages have them. Raises ProblemError where one is named twice: no schema tells that."""
        try:
            return each_week_once([WeekPlaces(week=one.week, places=one.places) for one in self.weeks])
        except ValueError as error:
            fault = FieldFault(pointer="#/weeks", code="invalid", detail=str(error))
            raise ProblemError("week-named-twice", errors=[fault]) from None


class HomesBody(Homes):
    """Homes of one kind. `area` in plain words: no street address, and nobody's name."""

    model_config = STRICT


class PersonBody(NamedPerson):
    """Somebody whom the report names."""

    model_config = STRICT
    name: Named


class NamedPersonsBody(BaseModel):
    """Persons whom the municipality asks for. `other` needs a note."""

    model_config = STRICT | ConfigDict(json_schema_extra={"oneOf": TIES})
    persons: Annotated[list[PersonBody], Field(min_length=1, max_length=MOST_PERSONS)]
    tie: FamilyTie
    note: Note = ""


class SelfSettlementBody(SelfSettlement):
    """Persons who have found a home themselves, in agreement with the municipality."""

    model_config = STRICT
    persons: Annotated[list[PersonBody], Field(min_length=1, max_length=MOST_PERSONS)]  # type: ignore[assignment]
    address: Named


class Report(Answered):
    """A report as it stands. `version` is also its ETag. What it says of persons is there while it is open."""

    report_id: str
    kind: ReportKind
    status: ReportStatus
    version: int
    entered_at: datetime
    valid_from: Annotated[datetime, Field(description="When the municipality last changed or confirmed it.")]
    questioned_at: Annotated[
        datetime | None, Field(description="Since when it is asked whether it is still valid; null: it is not asked.")
    ]
    closed_at: datetime | None
    list_id: Annotated[str | None, Field(description="The list with which IMDi has answered.")]
    weeks: list[WeekPlaces]
    housing: Homes | None
    named_persons: NamedPersons | None
    self_settlement: SelfSettlement | None
    persons: Annotated[int | None, Field(description="How many persons it names, or named.")]
    history: Annotated[list[ReportChange], Field(description="The latest 100 steps, in their order.")]

    @classmethod
    def of(cls, found: Found) -> Self:
        """Make it from what the read model has."""
        state = found.state
        body = state.model_dump(exclude={"municipality_id"})
        other: dict[str, object] = {"named_persons": None, "self_settlement": None, "persons": None}
        if not isinstance(state, ReportState):
            other = {"weeks": [], "housing": None}
        return cls.model_validate({**body, **other, "version": found.version})


class Reports(Answered):
    """A page of reports, newest first."""

    items: list[Report]
    next: NextLink = None


class WeeklyPlaces(Answered):
    """What the municipality has told of weeks. `version` is also its ETag; 0: it has told of none yet."""

    version: int
    valid_from: Annotated[datetime | None, Field(description="When the municipality last changed or confirmed it.")] = (
        None
    )
    questioned_at: Annotated[
        datetime | None, Field(description="Since when it is asked whether it is still valid.")
    ] = None
    weeks: list[WeekPlaces] = []
    history: Annotated[list[ReportChange], Field(description="The latest 100 steps, in their order.")] = []

    @classmethod
    def of(cls, found: Found | None) -> Self:
        """Make it from what the read model has; None: nothing."""
        if found is None:
            return cls(version=0)
        state = found.state.model_dump(include=set(cls.model_fields))
        return cls.model_validate({**state, "version": found.version})
