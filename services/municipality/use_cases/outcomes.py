"""How a command ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.municipality.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command holds: ``subject`` is at ``version`` now, whether or not it had to change."""

    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed. ``version``: the subject's present one; None where there is no such subject."""

    subject: str
    version: int | None
    refusal: Refusal


Outcome: TypeAlias = Accepted | Refused
