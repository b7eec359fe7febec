"""Why a command is refused: a named type each, with what a page needs to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.municipality.domain.codes import PlaceKind


@dataclass(frozen=True, slots=True)
class RoleMayNotWrite:
    """The actor's role reads only."""

    role: str


@dataclass(frozen=True, slots=True)
class UnknownMunicipality:
    """No municipality with this id is in the register."""

    municipality_id: str


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


Refusal = (
    RoleMayNotWrite
    | UnknownMunicipality
    | ChangedMeanwhile
    | YearTooFarAhead
    | YearOver
    | ResolvedInTheFuture
    | ResolvedTooEarly
    | MoreThanRequested
)
