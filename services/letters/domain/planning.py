"""Which letters follow from a placement, a withdrawal, a request, an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.letters.domain.about import Corrected, Requested, Withdrawn, request_case
from services.letters.domain.codes import Kind, WithdrawalReason
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


@dataclass(frozen=True, slots=True)
class TakenBack:
    """IMDi took persons of a list back. ``list_version``: the list's version by that fact."""

    list_id: str
    municipality_id: str
    list_version: int
    persons: tuple[int, ...]
    reason: WithdrawalReason
    whole_list: bool
    taken_on: date


@dataclass(frozen=True, slots=True)
class Decided:
    """A placement decision about some who were taken back. ``left``: those it is about who were not."""

    decision_id: str
    decided_on: date
    left: tuple[int, ...]


def plan_withdrawal(
    taken: TakenBack, accepted: frozenset[int], decided: Sequence[Decided], planned_at: datetime, identify: Identify
) -> list[Change]:
    """Plan the letter about those whom the municipality had accepted, and what takes the place of decisions on them.

    accepted: running numbers. Of who was not accepted nothing is to be undone, so no letter follows.
    """
    persons = tuple(sorted(set(taken.persons) & accepted))
    if not persons:
        return []
    cause = f"{taken.list_id}:{taken.list_version}"
    letter = Letter(
        identify(f"{Kind.WITHDRAWAL}:{cause}"), 1, Kind.WITHDRAWAL, taken.municipality_id, taken.list_id, persons,
        taken.taken_on, planned_at, about=Withdrawn(taken.reason, taken.whole_list),
    )  # fmt: skip
    corrected = [
        Letter(
            identify(f"{Kind.CORRECTED_DECISION}:{decision.decision_id}:{taken.list_version}"), 1,
            Kind.CORRECTED_DECISION, taken.municipality_id, taken.list_id, decision.left, taken.taken_on, planned_at,
            about=Corrected(decision.decision_id, decision.decided_on, taken.reason),
        )
        for decision in decided
        if decision.left
    ]  # fmt: skip
    return [(each, LetterPlanned()) for each in (letter, *corrected)]


@dataclass(frozen=True, slots=True)
class Asked:
    """IMDi asks a municipality for places. ``version``: the ledger year's by that fact."""

    municipality_id: str
    version: int
    requested: Requested
    asked_on: date


def plan_request(asked: Asked, planned_at: datetime, identify: Identify) -> Change:
    """Plan the letter of a request; one that has changed is another letter."""
    place, year = asked.municipality_id, asked.requested.year
    identity = identify(f"{Kind.REQUEST}:{place}/{year}:{asked.version}")
    letter = Letter(
        identity, 1, Kind.REQUEST, place, request_case(place, year), (), asked.asked_on, planned_at,
        about=asked.requested,
    )  # fmt: skip
    return letter, LetterPlanned()


def plan_answer(
    list_id: str, municipality_id: str, answered_on: date, planned_at: datetime, identify: Identify
) -> Change:
    """Plan the paper that keeps an answer."""
    identity = identify(f"{Kind.ANSWER}:{list_id}")
    return Letter(identity, 1, Kind.ANSWER, municipality_id, list_id, (), answered_on, planned_at), LetterPlanned()
