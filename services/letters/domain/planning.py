"""Which letters follow from a placement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.letters.domain.codes import Kind
from services.letters.domain.letter import Change, Letter, LetterPlanned

Identify = Callable[[str], str]
"""Makes the id that belongs to a cause: the same cause, the same id."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Persons of an answered list were placed. ``list_version``: the list's version by that fact."""

    list_id: str
    municipality_id: str
    list_version: int
    persons: tuple[int, ...]
    placed_on: date


def plan(placement: Placement, covered: frozenset[int], planned_at: datetime, identify: Identify) -> list[Change]:
    """Plan a placement decision about those not yet covered by one, and a letter to each of them.

    covered: running numbers of the list's persons that have their letters already. A person is in one decision
    only, so a repeated or widened placement doubles nothing; where nobody is new there is no decision.
    """
    new = tuple(sorted(set(placement.persons) - covered))
    if not new:
        return []
    causes = _causes(placement, new)
    return [
        (
            Letter(
                letter_id=identify(cause),
                version=1,
                kind=kind,
                municipality_id=placement.municipality_id,
                list_id=placement.list_id,
                persons=persons,
                placed_on=placement.placed_on,
                planned_at=planned_at,
            ),
            LetterPlanned(),
        )
        for kind, persons, cause in causes
    ]


def _causes(placement: Placement, new: tuple[int, ...]) -> Iterator[tuple[Kind, tuple[int, ...], str]]:
    yield Kind.PLACEMENT_DECISION, new, f"{Kind.PLACEMENT_DECISION}:{placement.list_id}:{placement.list_version}"
    for number in new:
        yield Kind.LETTER_TO_PERSON, (number,), f"{Kind.LETTER_TO_PERSON}:{placement.list_id}/{number}"
