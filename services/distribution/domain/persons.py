"""A requested person: what the municipality may see of it, and what has been decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.distribution.domain.calendar import Week
from services.distribution.domain.codes import (
    DeclineReason,
    ErasureReason,
    Papers,
    PersonStatus,
    PlaceKind,
    WithdrawalReason,
)


@dataclass(frozen=True, slots=True)
class Details:
    """What a municipality may see of a person before acceptance (domain §4). Carried, never judged.

    Codes are those of IMDi's message; ``nationality`` None: stateless or unknown.
    """

    sex: str
    birth_year: int
    nationality: str | None = None
    languages: tuple[str, ...] = ()
    category: str | None = None
    earliest_arrival: date | None = None
    education: str | None = None
    occupation: str | None = None
    needs: tuple[str, ...] = ()
    needs_note: str | None = None


UNKNOWN = Details(sex="unknown", birth_year=0)
"""Of somebody of whom nothing is known any more."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person lives now."""

    lines: tuple[str, ...]
    postal_code: str
    city: str


@dataclass(frozen=True, slots=True)
class Identity:
    """The identified part of a person: withheld from the municipality until the person is placed there."""

    given_name: str
    family_name: str
    birth_date: date
    duf_number: str
    identity_number: str | None
    address: Address
    health_note: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the municipality says of one person. Everybody is accepted until somebody unmarks them."""

    accept: bool = True
    reason: DeclineReason | None = None
    reason_text: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it may be approved: a decline has a reason, and ``other`` has words too (domain §4)."""
        if self.accept:
            return True
        if self.reason is DeclineReason.OTHER:
            return bool((self.reason_text or "").strip())
        return self.reason is not None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """IMDi took a person or a list back. ``version``: the list's after it."""

    reason: WithdrawalReason
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What was known of a person was erased: when first, why, and whether the papers that tell of it were too."""

    at: datetime
    reason: ErasureReason
    papers: Papers


@dataclass(frozen=True, slots=True)
class Planned:
    """In which week the municipality can receive a person; who said so (pseudonym and name), and when."""

    week: Week
    user_id: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """A settlement date that was registered. ``by``: a name, where it was kept; ``reason``: why another was wrong."""

    day: date
    at: datetime
    by: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a list, without its identity: what decides about a person does not know who it is.

    A withdrawn person keeps its decision and the day it was placed on, as history. ``settlements``: all dates that were
    registered, in their order; the last one is ``settlement_date``.
    decided_version: the list's version at which the decision last changed; 0: nobody has changed it.
    """

    running_number: int
    household: int
    place_kind: PlaceKind
    details: Details
    status: PersonStatus = PersonStatus.REQUESTED
    decision: Decision = Decision()
    placed_on: date | None = None
    settlement_date: date | None = None
    withdrawn: Withdrawal | None = None
    planned: Planned | None = None
    settlements: tuple[Settlement, ...] = ()
    decided_version: int = 0
    erased: Erased | None = None
