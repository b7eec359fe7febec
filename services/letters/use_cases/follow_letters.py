"""Ask how far sent letters have come, many at a time, less and less often while nothing happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis import traced
from services.letters.domain.dispatch import DispatchStep
from services.letters.domain.letter import Letter, progress
from services.letters.use_cases.ports import Errand, PostOffice, PostUnavailableError, Unit, Units
from services.letters.use_cases.send_letters import Patience

LONGEST = timedelta(days=90)
"""A letter of which nothing final is heard for so long is not asked for any more."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a round did: letters asked for, and how many of them had come further. ``answered``: whether SvarUt did."""

    asked: int
    changed: int
    answered: bool = True


async def follow_letters(units: Units, post: PostOffice, *, limit: int, patience: Patience) -> Followed:
    """Ask for those that are due, and record what has changed."""
    async with units.begin() as unit:
        errands = await unit.errands.claim_to_follow(limit, unit.now + patience.lease)
    if not errands:
        return Followed(0, 0)
    about = {"fordeling.letters.asked": len(errands)}
    with traced.errand("follow letters", about, links=[errand.traceparent for errand in errands]) as span:
        followed = await _follow(errands, units, post, patience)
        span.note("fordeling.letters.changed", followed.changed)
    return followed


async def _follow(errands: Sequence[Errand], units: Units, post: PostOffice, patience: Patience) -> Followed:
    try:
        found = await post.statuses([_reference(errand.letter) for errand in errands])
    except PostUnavailableError:
        async with units.begin() as unit:
            for errand in errands:
                await unit.errands.put_back(errand, unit.now + patience.after(errand.tries))
        return Followed(len(errands), 0, answered=False)
    async with units.begin() as unit:
        changed = [await _record(errand, found, unit, patience) for errand in sorted(errands, key=_letter_id)]
    return Followed(len(errands), sum(changed))


async def _record(errand: Errand, found: Mapping[str, DispatchStep], unit: Unit, patience: Patience) -> bool:
    step = found.get(_reference(errand.letter))
    if step is None or progress(errand.letter, step) is None:
        if _given_up(errand.letter, unit):
            await unit.errands.settle(errand)
        else:
            await unit.errands.put_back(errand, unit.now + patience.after(errand.tries))
        return False
    letter = await unit.letters.lock(errand.letter.letter_id)
    if step.status.final:
        mine = await unit.errands.settle(errand)
    else:
        mine = await unit.errands.follow(errand, unit.now + patience.first)
    change = progress(letter, step) if mine else None
    if change is not None:
        with traced.within(errand.traceparent):  # it goes on in the letter's trace, not in that of the asking
            await unit.letters.save(change)
    return change is not None


def _given_up(letter: Letter, unit: Unit) -> bool:
    handed_over_at = letter.dispatch.handed_over_at if letter.dispatch else None
    return handed_over_at is not None and unit.now - handed_over_at > LONGEST


def _reference(letter: Letter) -> str:
    assert letter.dispatch is not None, "only letters that were handed over are followed"
    assert letter.dispatch.reference is not None
    return letter.dispatch.reference


def _letter_id(errand: Errand) -> str:
    return errand.letter.letter_id
