"""Why a command is refused: a named type each, with what a page needs to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.municipality.domain.codes import PlaceKind, ReportStatus


@dataclass(frozen=True, slots=True)
class RoleMayNotWrite:
    """The actor's role reads only."""

    role: str


@dataclass(frozen=True, slots=True)
class UnknownMunicipality:
    """No municipality with this id is in the register."""

    municipality_id: str


@dataclass(frozen=True, slots=True)
class MunicipalityMerged:
    """The municipality is part of ``successor`` since ``on``: what is new is that one's."""

    successor: str
    on: date


@dataclass(frozen=True, slots=True)
class ChangedMeanwhile:
    """The actor looked at another version than the present one; nothing is overwritten."""

    expected: int
    actual: int


@dataclass(frozen=True, slots=True)
class YearTooFarAhead:
    """A resolution may be registered up to ``latest``: two years ahead, as requests are."""

    latest: int


@dataclass(frozen=True, slots=True)
class ResolvedInTheFuture:
    """A resolution cannot be dated after today."""

    today: date


@dataclass(frozen=True, slots=True)
class YearOver:
    """The year is over and nothing was registered for it; ``earliest``: the first one that is open."""

    earliest: int


@dataclass(frozen=True, slots=True)
class ResolvedTooEarly:
    """A resolution is not made longer ahead of its year than IMDi asks: a mistyped year."""

    earliest: date


@dataclass(frozen=True, slots=True)
class MoreThanRequested:
    """IMDi asks for ``requested`` places of this kind: to take more is allowed to who says that it is meant."""

    kind: PlaceKind
    requested: int


@dataclass(frozen=True, slots=True)
class ReportNotFound:
    """The municipality has no such report of this kind."""

    report_id: str


@dataclass(frozen=True, slots=True)
class ReportClosed:
    """The report is over: answered, taken back or lapsed. A new one is entered instead."""

    status: ReportStatus


@dataclass(frozen=True, slots=True)
class WeekOver:
    """Places of a week that is over are told of otherwise than they were."""

    week: str


@dataclass(frozen=True, slots=True)
class WeekTooFarAhead:
    """Places are told of up to the week ``latest``."""

    latest: str


@dataclass(frozen=True, slots=True)
class DateTooFarAway:
    """A home is ready, or somebody moves in, between these dates; else the year is mistyped."""

    earliest: date
    latest: date


Refusal = (
    RoleMayNotWrite
    | UnknownMunicipality
    | MunicipalityMerged
    | ChangedMeanwhile
    | YearTooFarAhead
    | YearOver
    | ResolvedInTheFuture
    | ResolvedTooEarly
    | MoreThanRequested
    | ReportNotFound
    | ReportClosed
    | WeekOver
    | WeekTooFarAhead
    | DateTooFarAway
)
