"""Make one letter that is in hand: render, store, then have it recorded (``record_letters``).

Nothing is held in the database meanwhile. The object is written before it is recorded and its key follows from its
content: whoever stops in between leaves at most an object that nothing refers to, and the next try writes the same
one again, or removes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import Enum
from typing import TypeAlias

from chassis import faults
from services.letters.domain.codes import Failure
from services.letters.domain.letter import fail, object_key, object_prefix
from services.letters.use_cases.claim_letters import Job
from services.letters.use_cases.outside import (
    NotRenderableError,
    ObjectStore,
    Renderer,
    RendererUnavailableError,
    StoreUnavailableError,
    WorkerDiedError,
)
from services.letters.use_cases.ports import Units
from services.letters.use_cases.record_letters import Finished, Stored, record_one

MOST_DEATHS = 3
"""A letter of which this many workers have died is given up."""


class Made(Enum):
    """How it ended."""

    CREATED = "created"
    FAILED = "failed"
    OVERTAKEN = "overtaken"
    """Somebody else has claimed it meanwhile, or a folder was closed or corrected: nothing was recorded here."""
    UNAVAILABLE = "unavailable"
    """The object store does not answer, or no worker can be started."""
    WORKER_DIED = "worker died"
    """It is tried again, by another."""


Record: TypeAlias = Callable[[Finished], Awaitable[bool]]
"""Records a letter, with others perhaps; False where that was no longer this claim's to do."""


async def make_letter(
    job: Job,
    units: Units,
    renderer: Renderer,
    store: ObjectStore,
    *,
    retry_after: timedelta,
    record: Record | None = None,
) -> Made:
    """Make the letter. ``retry_after``: when to try again where what it takes is away, or a worker died of it.

    record: how it is recorded, by default at once and alone.
    """
    if isinstance(job.content, Failure):
        return await _failed(job, job.content, units, store)
    try:
        pdf = await renderer.render(job.content)
        faults.reached("letters.press.rendered")
        sha256 = hashlib.sha256(pdf).hexdigest()
        stored = Stored(object_key(job.letter, sha256), sha256, len(pdf))
        await store.put(stored.key, pdf)
    except NotRenderableError:
        return await _failed(job, Failure.CANNOT_BE_RENDERED, units, store)
    except WorkerDiedError:
        return await _died(job, units, store, retry_after)
    except (RendererUnavailableError, StoreUnavailableError):
        return await _later(job, units, retry_after)
    faults.reached("letters.press.stored")
    finished = Finished(job.claim, job.content, stored)
    if not (await record(finished) if record else await record_one(finished, units)):
        return Made.OVERTAKEN
    faults.reached("letters.press.recorded")
    await _tidy(job, store, stored.key)
    return Made.CREATED


async def _later(job: Job, units: Units, retry_after: timedelta) -> Made:
    async with units.begin() as unit:
        await unit.queue.put_back(job.claim, unit.now + retry_after)
    return Made.UNAVAILABLE


async def _died(job: Job, units: Units, store: ObjectStore, retry_after: timedelta) -> Made:
    """Try again, or give the letter up: what ends a worker each time would go on doing so."""
    async with units.begin() as unit:
        deaths = await unit.queue.died(job.claim, unit.now + retry_after)
    if deaths is None:
        return Made.OVERTAKEN
    if deaths < MOST_DEATHS:
        return Made.WORKER_DIED
    return await _failed(job, Failure.ENDED_ITS_WORKERS, units, store)


async def _failed(job: Job, failure: Failure, units: Units, store: ObjectStore) -> Made:
    async with units.begin() as unit:
        letter = await unit.letters.lock(job.letter.letter_id)
        if not await unit.queue.settle(job.claim):
            return Made.OVERTAKEN
        if change := fail(letter, failure):
            await unit.letters.save(change)
            if letter.kind.of_list:
                await unit.archives.tell_complete([letter])
    await _tidy(job, store, None)
    return Made.FAILED


async def _tidy(job: Job, store: ObjectStore, key: str | None) -> None:
    """Remove what an earlier try left. Only the last claim's holder gets here, so nobody else's object is in use."""
    if not job.begun_before:
        return
    try:
        await store.keep_only(object_prefix(job.letter), key)
    except StoreUnavailableError:
        return  # an object that nothing refers to does no harm but the room it takes
