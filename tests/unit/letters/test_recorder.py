"""Letters that are recorded together: each once, and none stopped by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from services.letters.entrypoints.recorder import Recorder
from services.letters.use_cases.ports import Claim, Queue, Unit
from services.letters.use_cases.record_letters import Finished, Stored
from tests.unit.letters.fakes import FakeQueue, FakeWorld
from tests.unit.letters.making_contract import closing, is_created
from tests.unit.letters.queue_contract import CREATED, claim, do, ready_letters
from tests.unit.letters.stories import AT


class BadError(Exception):
    """One letter cannot be recorded."""


class Picky(FakeQueue):
    """Takes all but one letter, and with it nothing."""

    bad = ""

    async def settle_all(self, claims: Sequence[Claim]) -> frozenset[str]:
        if self.bad in {claim.letter.letter_id for claim in claims}:
            raise BadError
        return await super().settle_all(claims)


class CountingWorld(FakeWorld):
    """Counts transactions; one letter's record fails."""

    def __init__(self) -> None:
        super().__init__(AT)
        self.begun = 0
        self.bad = ""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        self.begun += 1
        async with super().begin() as unit:
            queue = Picky(self._memory_of(unit.queue), unit.now)
            queue.bad = self.bad
            yield replace(unit, queue=queue)

    @staticmethod
    def _memory_of(queue: Queue) -> object:
        assert isinstance(queue, FakeQueue)
        return queue.memory


@pytest.fixture
def world() -> CountingWorld:
    return CountingWorld()


async def finished_letters(world: CountingWorld) -> list[Finished]:
    """Have the decision and the letters of three persons set and stored."""
    await ready_letters(world, 1, 2, 3)
    jobs = await claim(world)
    world.begun = 0
    return [
        Finished(job.claim, job.content, Stored(f"key-{number}", "0" * 64, number + 1))
        for number, job in enumerate(jobs)
        if not isinstance(job.content, str)
    ]


async def test_letters_finished_together_are_recorded_in_one_transaction(world: CountingWorld) -> None:
    """All four, each told once."""
    finished = await finished_letters(world)
    recorder = Recorder(world, 4, lambda: 9)
    assert await asyncio.gather(*map(recorder.record, finished)) == [True] * 4
    assert world.begun == 1
    told = [record.subject for record in await world.published() if record.type == CREATED]
    assert sorted(told) == sorted(each.letter_id for each in finished)


async def test_nobody_waits_for_letters_that_are_not_in_the_making(world: CountingWorld) -> None:
    """The only one in hand is recorded at once; one beside others that hang, in a moment."""
    first, second, *_ = await finished_letters(world)
    async with asyncio.timeout(0.2):
        assert await Recorder(world, 4, lambda: 1).record(first)
    async with asyncio.timeout(5):
        assert await Recorder(world, 4, lambda: 2).record(second)


async def test_one_that_cannot_be_recorded_takes_no_other_with_it(world: CountingWorld) -> None:
    """The others of its transaction are recorded; what is wrong is told to who made it."""
    finished = await finished_letters(world)
    world.bad = finished[1].letter_id
    recorder = Recorder(world, 4, lambda: 9)
    ended = await asyncio.gather(*map(recorder.record, finished), return_exceptions=True)
    assert [end if end is True else type(end) for end in ended] == [True, BadError, True, True]
    world.bad = ""
    created = [await is_created(world, each.letter_id) for each in finished]
    assert created == [True, False, True, True]


async def test_one_whose_folder_was_closed_meanwhile_is_left_out_of_the_transaction(world: CountingWorld) -> None:
    """The decision and the letter that tell of the person; the other two persons' letters are recorded."""
    finished = await finished_letters(world)
    await do(world, closing(1))
    ended = await asyncio.gather(*map(Recorder(world, 4, lambda: 9).record, finished))
    assert sorted(ended) == [False, False, True, True]


async def test_who_lost_the_claim_records_nothing(world: CountingWorld) -> None:
    """Of two holders of one letter the last one does, whichever transaction it is in."""
    finished = await finished_letters(world)
    late = replace(finished[0], claim=replace(finished[0].claim, token=finished[0].claim.token - 1))
    ended = await asyncio.gather(*map(Recorder(world, 4, lambda: 9).record, [late, *finished[1:]]))
    assert ended == [False, True, True, True]
    both = await asyncio.gather(*map(Recorder(world, 4, lambda: 9).record, [late, finished[0]]))
    assert both == [False, True]
