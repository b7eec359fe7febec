"""Ask how far sent letters have come, many at a time, less and less often while nothing happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.seeing import traced
from services.letters.domain.codes import DispatchStatus, Kind
from services.letters.domain.dispatch import DispatchStep
from services.letters.domain.letter import Letter, Progress, progress
from services.letters.use_cases.outside import PostOffice, PostUnavailableError
from services.letters.use_cases.ports import Errand, Unit, Units
from services.letters.use_cases.send_letters import Patience

LONGEST = timedelta(days=90)
"""A letter of which nothing final is heard for so long is not asked for any more."""

AT_ONCE = 4
"""Letters asked for one by one, side by side."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a round did: letters asked for, and how many of them had come further. ``answered``: whether SvarUt did.

    came_to: kind and status, of each step that a letter came further.
    """

    asked: int
    changed: int
    answered: bool = True
    came_to: tuple[tuple[Kind, DispatchStatus], ...] = field(default=(), compare=False)


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
    between = await _missed([errand.letter for errand in errands], found, post, patience)
    async with units.begin() as unit:
        changed = [await _record(errand, found, between, unit, patience) for errand in sorted(errands, key=_letter_id)]
    steps = [(letter.kind, event.step.status) for each in changed for letter, event in each]
    return Followed(len(errands), sum(map(bool, changed)), came_to=tuple(steps))


async def _missed(
    letters: Sequence[Letter], found: Mapping[str, DispatchStep], post: PostOffice, patience: Patience
) -> Mapping[str, Sequence[DispatchStep]]:
    """Ask what letters have come through that may have come further than one step since they were asked for last.

    What is not told in the time of a request is done without: that a letter has come further is not held up by it.
    """
    told: dict[str, Sequence[DispatchStep]] = {}
    hands = asyncio.Semaphore(AT_ONCE)

    async def ask(reference: str) -> None:
        with contextlib.suppress(PostUnavailableError):
            async with hands:
                told[reference] = await post.steps(reference)

    asked = [_reference(each) for each in letters if _may_have_missed(each, found.get(_reference(each)))]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience.request.total_seconds()):
            await asyncio.gather(*map(ask, asked))
    return told


def _may_have_missed(letter: Letter, step: DispatchStep | None) -> bool:
    return step is not None and letter.dispatch is not None and letter.dispatch.may_have_missed(step)


async def _record(
    errand: Errand,
    found: Mapping[str, DispatchStep],
    between: Mapping[str, Sequence[DispatchStep]],
    unit: Unit,
    patience: Patience,
) -> list[Progress]:
    step = found.get(_reference(errand.letter))
    if step is None or progress(errand.letter, step) is None:
        if _given_up(errand.letter, unit):
            await unit.errands.settle(errand)
        else:
            await unit.errands.put_back(errand, unit.now + patience.after(errand.tries))
        return []
    letter = await unit.letters.lock(errand.letter.letter_id)
    if step.status.final:
        mine = await unit.errands.settle(errand)
    else:
        mine = await unit.errands.follow(errand, unit.now + patience.first)
    changes = _changes(letter, between.get(_reference(letter), ()), step) if mine else []
    if changes:
        with traced.within(errand.traceparent):  # it goes on in the letter's trace, not in that of the asking
            await unit.letters.save_all(changes, {})
    return changes


def _changes(letter: Letter, told: Sequence[DispatchStep], step: DispatchStep) -> list[Progress]:
    """Take in what came between, then the last status: an event each."""
    assert letter.dispatch is not None, "only letters that were handed over are followed"
    changes: list[Progress] = []
    for each in (*letter.dispatch.between(told, step), step):
        if change := progress(letter, each):
            changes.append(change)
            letter = change[0]
    return changes


def _given_up(letter: Letter, unit: Unit) -> bool:
    handed_over_at = letter.dispatch.handed_over_at if letter.dispatch else None
    return handed_over_at is not None and unit.now - handed_over_at > LONGEST


def _reference(letter: Letter) -> str:
    assert letter.dispatch is not None, "only letters that were handed over are followed"
    assert letter.dispatch.reference is not None
    return letter.dispatch.reference


def _letter_id(errand: Errand) -> str:
    return errand.letter.letter_id
