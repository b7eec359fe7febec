"""What clients get. Names and codes are the contracts'; pseudonyms and contacts stay inside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from contracts.codes import (
    LanguageForm,
    NoticeKind,
)
from contracts.municipality.v1 import LedgerYearState, Places, Request, Resolution
from contracts.notification.v1 import NoticeState
from gateway.api.problems import Problem

NextLink = Annotated[
    str | None, Field(description="Where the next page is; null on the last one. Take it as it is, cursors change.")
]


class Answered(BaseModel):
    """Base of all that is answered: made from messages, never changed."""

    model_config = ConfigDict(frozen=True)


class MunicipalityLink(Answered):
    """A municipality that the token opens."""

    municipality_id: Annotated[str, Field(description="Stable: it outlives the municipality's number.")]
    name: str
    href: str
    successor: Annotated[
        str | None, Field(description="Of one that has merged, the id of what it is part of now: what was its is here.")
    ] = None


class Municipalities(Answered):
    """The municipalities that the token opens."""

    items: list[MunicipalityLink]


class LedgerYear(Answered):
    """Request, resolution and places of one year. `left` = agreed − settled − placed − requested."""

    year: int
    request: Request | None
    resolution: Resolution | None
    ordinary: Places
    unaccompanied_minor: Places

    @classmethod
    def of(cls, state: LedgerYearState) -> Self:
        """Make it from the ledger's state."""
        return cls.model_validate(state.model_dump(include=set(cls.model_fields)))


class Municipality(Answered):
    """A municipality with its agreements and places, year by year, latest first."""

    municipality_id: str
    number: str
    name: str
    county_number: str
    county_name: str
    organisation_number: str
    language_form: LanguageForm
    open_lists: Annotated[int, Field(description="Lists that are not answered.")]
    years: list[LedgerYear]


class Notice(Answered):
    """A notice. `read`: whether this client has read it."""

    notice_id: str
    kind: NoticeKind
    list_id: str
    posted_at: datetime
    read: bool

    @classmethod
    def of(cls, state: NoticeState, user_id: str) -> Self:
        """Make it from the notice's state, as one client sees it."""
        return cls.model_validate(
            {**state.model_dump(exclude={"read_by", "municipality_id"}), "read": user_id in state.read_by}
        )


class Notices(Answered):
    """A page of notices, newest first."""

    items: list[Notice]
    next: NextLink = None


class CommandStatus(StrEnum):
    """How far a command has come."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Command(Answered):
    """A write: what became of it. `version`: of the list or year after it, also the ETag of the answer."""

    command_id: str
    status: CommandStatus
    subject: Annotated[
        str,
        Field(description="The list id; for a resolution `<municipality>/<year>`, for notices the municipality id."),
    ]
    version: int | None = None
    problem: Problem | None = None
