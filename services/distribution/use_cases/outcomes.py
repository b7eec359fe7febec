"""How a command ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.distribution.domain.lists import Decided, DistributionList
from services.distribution.domain.refusals import ListNotFound, Refusal
from services.distribution.use_cases.ports import Lists


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command holds: ``subject`` is at ``version`` now, whether or not it had to change."""

    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed. ``version``: the subject's present one; None where the municipality has no such list."""

    subject: str
    version: int | None
    refusal: Refusal


Outcome: TypeAlias = Accepted | Refused


@dataclass(frozen=True, slots=True)
class Addressed:
    """Which list a command is about, and for which municipality its actor acts."""

    list_id: str
    municipality_id: str


async def carry_out(
    addressed: Addressed, lists: Lists, decide: Callable[[DistributionList], Decided | Refusal]
) -> Outcome:
    """Open the list, let the domain decide, keep what it decided."""
    current = await lists.get(addressed.list_id, addressed.municipality_id)
    if current is None:
        return Refused(addressed.list_id, None, ListNotFound(addressed.list_id))
    decided = decide(current)
    if not isinstance(decided, tuple):
        return Refused(current.id, current.version, decided)
    changed, events = decided
    await lists.save(current, changed, events)
    return Accepted(changed.id, changed.version)
