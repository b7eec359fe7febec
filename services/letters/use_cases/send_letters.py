"""Send letters that are made: claim, hand over, record.

Nothing is held in the database meanwhile. Whoever stops between handing over and recording leaves a claim that ends by
itself; the next claimant, who cannot know, asks for the letter by its id before handing it over again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from chassis import faults
from services.letters.domain.codes import DispatchFailure
from services.letters.domain.consignment import Consignment, Outdated, consign
from services.letters.domain.letter import hand_over, keep_back, plan_anew
from services.letters.use_cases.outside import (
    ObjectStore,
    PostOffice,
    PostUnavailableError,
    RefusedError,
    StoreUnavailableError,
)
from services.letters.use_cases.ports import Errand, Unit, Units


class Sent(Enum):
    """How it ended."""

    SENT = "sent"
    FOUND = "found"
    """An earlier try had handed it over."""
    KEPT_BACK = "kept back"
    MADE_ANEW = "made anew"
    """It named somebody who was withdrawn, or showed a former address: the press makes it again, as it is now."""
    REFUSED = "refused"
    LATER = "later"
    """Something that it needs does not answer: it is tried again."""
    OVERTAKEN = "overtaken"
    """The claim was no longer the last: nothing was recorded here."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Times of sending.

    request: the most that handing over may take. lease: how long a claim lasts; longer.
    first, longest: until the next try; it doubles from the one to the other.
    """

    request: timedelta
    lease: timedelta
    first: timedelta
    longest: timedelta

    def after(self, tries: int) -> timedelta:
        """Tell how long to wait after so many tries."""
        doublings: int = 2 ** min(max(tries - 1, 0), 20)
        return min(self.first * doublings, self.longest)


@dataclass(frozen=True, slots=True)
class Posting:
    """A letter in hand, addressed; or why it is not sent, or not as it is."""

    errand: Errand
    consignment: Consignment | DispatchFailure | Outdated


async def claim_postings(units: Units, *, limit: int, patience: Patience) -> list[Posting]:
    """Claim letters to be sent, in one short transaction."""
    async with units.begin() as unit:
        errands = await unit.errands.claim_to_send(limit, unit.now + patience.lease)
        return [Posting(errand, await _address(errand, unit)) for errand in errands]


async def _address(errand: Errand, unit: Unit) -> Consignment | DispatchFailure | Outdated:
    letter = errand.letter
    municipality = await unit.copies.municipality(letter.municipality_id)
    assert municipality is not None, "the letter could not have been made without"
    return consign(letter, municipality, await unit.copies.open_folders(letter.list_id, letter.persons))


async def send_letter(
    posting: Posting,
    units: Units,
    post: PostOffice,
    store: ObjectStore,
    *,
    patience: Patience,
    followed_after: timedelta,
) -> Sent:
    """Send it. ``followed_after``: when its status is asked for first."""
    errand = posting.errand
    try:
        if errand.begun_before and (reference := await _look_up(errand, post)):
            return await _sent(errand, units, reference, followed_after, Sent.FOUND)
        if not isinstance(posting.consignment, Consignment):
            return await _not_as_it_is(errand, units, posting.consignment)
        pdf = await _pdf(errand, store)
        async with units.begin() as unit:
            in_time = unit.now + patience.request <= errand.until
        if not in_time:
            # Another may claim it while it is handed over here: it would not find it yet.
            return Sent.OVERTAKEN
        faults.reached("letters.courier.handing-over")
        reference = await post.send(posting.consignment, pdf)
        faults.reached("letters.courier.handed-over")
    except RefusedError:
        return await _kept_back(errand, units, DispatchFailure.REFUSED, Sent.REFUSED)
    except (PostUnavailableError, StoreUnavailableError):
        async with units.begin() as unit:
            kept = await unit.errands.put_back(errand, unit.now + patience.after(errand.tries))
        return Sent.LATER if kept else Sent.OVERTAKEN
    return await _sent(errand, units, reference, followed_after, Sent.SENT)


async def _look_up(errand: Errand, post: PostOffice) -> str | None:
    reference = await post.find(errand.letter.sent_as)
    faults.reached("letters.courier.looked-up")
    return reference


async def _pdf(errand: Errand, store: ObjectStore) -> bytes:
    """Read the letter. One that is not what was made is never sent: its claim waits for somebody to look."""
    document = errand.letter.document
    assert document is not None, "only letters that are made are sent"
    pdf = await store.get(document.object_key)
    if hashlib.sha256(pdf).hexdigest() != document.sha256:
        raise StoreUnavailableError
    return pdf


async def _sent(errand: Errand, units: Units, reference: str, followed_after: timedelta, how: Sent) -> Sent:
    async with units.begin() as unit:
        letter = await unit.letters.lock(errand.letter.letter_id)
        if not await unit.errands.follow(errand, unit.now + followed_after):
            return Sent.OVERTAKEN
        if change := hand_over(letter, reference, unit.now):
            await unit.letters.save(change)
    faults.reached("letters.courier.recorded")
    return how


async def _kept_back(errand: Errand, units: Units, failure: DispatchFailure, how: Sent) -> Sent:
    async with units.begin() as unit:
        letter = await unit.letters.lock(errand.letter.letter_id)
        if not await unit.errands.settle(errand):
            return Sent.OVERTAKEN
        if change := keep_back(letter, failure):
            await unit.letters.save(change)
    return how


async def _not_as_it_is(errand: Errand, units: Units, why: DispatchFailure | Outdated) -> Sent:
    if isinstance(why, DispatchFailure):
        return await _kept_back(errand, units, why, Sent.KEPT_BACK)
    return await _made_anew(errand, units)


async def _made_anew(errand: Errand, units: Units) -> Sent:
    async with units.begin() as unit:
        letter = await unit.letters.lock(errand.letter.letter_id)
        if not await unit.errands.drop(errand):
            return Sent.OVERTAKEN
        await unit.letters.save(plan_anew(letter))
        await unit.queue.again(letter.letter_id)
    return Sent.MADE_ANEW
