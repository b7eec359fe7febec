"""Gather what a letter tells."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from services.letters.domain.about import Corrected
from services.letters.domain.codes import Failure, Kind
from services.letters.domain.composing import Known, compose
from services.letters.domain.content import Content
from services.letters.domain.letter import Letter
from services.letters.use_cases.ports import Unit

PATIENCE = timedelta(minutes=10)
"""So long a correction waits to see whether the decision was sent, which is what it is needed for."""


async def gather(letter: Letter, unit: Unit, translations: frozenset[str]) -> Content | Failure | None:
    """Put the letter's content together; None where something is not known yet that will be."""
    municipality = await unit.copies.municipality(letter.municipality_id)
    if municipality is None:
        return None
    if isinstance(letter.about, Corrected):
        needed = await _needed(letter, letter.about, unit)
        if needed is not Needed.YES:
            return Failure.NOT_NEEDED if needed is Needed.NO else None
    folders = await unit.copies.open_folders(letter.list_id, letter.persons) if letter.kind.names_persons else {}
    answered_on = await unit.copies.answered_on(letter.list_id) if letter.kind.of_list else None
    answer = await unit.copies.whole_answer(letter.list_id) if letter.kind is Kind.ANSWER else None
    return compose(letter, Known(municipality, folders, answered_on, answer, translations))


class Needed(Enum):
    """Whether a decision that names somebody withdrawn went out."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN_YET = "not known yet"


async def _needed(letter: Letter, about: Corrected, unit: Unit) -> Needed:
    """Tell whether the decision went out with somebody who was withdrawn.

    Who withdraws and who sends do not wait for each other: a decision that was not sent yet is made anew without the
    withdrawn by whoever sends it, and then there is nothing to correct.
    """
    decision = await unit.letters.read(about.decision_id)
    if decision.document is not None and set(decision.persons) <= set(letter.persons):
        return Needed.NO
    if decision.dispatch is not None:
        return Needed.YES if decision.dispatch.reference else Needed.NO
    if unit.now < letter.planned_at + PATIENCE:
        return Needed.NOT_KNOWN_YET
    return Needed.YES if decision.document is not None else Needed.NO
