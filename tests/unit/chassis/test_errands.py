"""Rounds beside the reading of messages: they go on whatever happens, and one that hangs is seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from chassis.running.errands import AwayError, Errands, Hands, Pace, guarded

pytestmark = pytest.mark.asyncio

PACE = Pace(rest=(0.001, 0.004), trouble=(0.001, 0.004))


@asynccontextmanager
async def going(work: Callable[[], Awaitable[bool]], pace: Pace = PACE, longest: float = 60) -> AsyncIterator[Errands]:
    errands = Errands("test", work, pace, longest=longest)
    errands.start()
    try:
        yield errands
    finally:
        await errands.stop(0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  a counter sends no word
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("error", [AwayError, ValueError])
async def test_rounds_go_on_after_one_that_failed(error: type[Exception]) -> None:
    """Whatever a round raises, the next one comes, and after one that went well the pause is the first again."""
    pauses: list[float] = []

    async def work() -> bool:
        pauses.append(errands.trouble)
        if len(pauses) < 4:
            raise error
        return False

    async with going(work) as errands:
        await until(lambda: len(pauses) > 5)
    assert pauses[:4] == [0.001, 0.002, 0.004, 0.004]
    assert pauses[5] == 0.001


async def test_an_absence_that_lasts_is_told_to_operations() -> None:
    """What is away for a moment is waited out; away for long, each failed round is an error, until one goes well."""
    rounds: list[int] = []

    async def work() -> bool:
        rounds.append(len(rounds))
        if len(rounds) < 5:
            raise AwayError
        return False

    with capture_logs() as logs:
        async with going(work) as errands:
            await until(lambda: len(rounds) > 5)
        assert [line for line in logs if line["log_level"] == "error"] == []
        rounds.clear()
        errands = Errands("test", work, PACE, longest=60, alarm_after=0)
        errands.start()
        await until(lambda: len(rounds) > 5)
        await errands.stop(0)
    told = [line for line in logs if line["event"] == "nothing gets done"]
    assert [line["work"] for line in told] == ["test"] * 4
    assert {line["log_level"] for line in told} == {"error"}


async def test_a_word_ends_the_pause() -> None:
    """Who is woken looks at once, however long the pause would have been."""
    rounds: list[int] = []

    async def work() -> bool:
        rounds.append(len(rounds))
        return False

    async with going(work, Pace(rest=(600, 600), trouble=(1, 1))) as errands:
        await until(lambda: len(rounds) == 1)
        errands.wake()
        await until(lambda: len(rounds) == 2)


async def test_a_round_that_hangs_is_seen_and_one_that_gets_on_is_not() -> None:
    """A round may last as long as it gives signs of life; then it is stuck until it goes on."""
    free = asyncio.Event()

    async def work() -> bool:
        await free.wait()
        return False

    async with going(work, longest=0.05) as errands:
        await until(errands.stuck)
        errands.beat()
        assert not errands.stuck()
        await until(errands.stuck)
        free.set()
        await until(lambda: not errands.stuck())


async def test_rounds_that_ended_by_themselves_are_seen() -> None:
    """Nothing would do the work any more, so a restart helps."""

    async def work() -> bool:
        raise asyncio.CancelledError

    async with going(work) as errands:
        await until(errands.stuck)


async def test_stopping_finishes_what_is_in_hand() -> None:
    """A round that has begun ends before ``stop`` returns, and none follows."""
    begun, done = asyncio.Event(), []

    async def work() -> bool:
        begun.set()
        await asyncio.sleep(0.02)
        done.append(1)
        return True

    async with going(work) as errands:
        await begun.wait()
        await errands.stop()
        assert done == [1]
        assert not errands.stuck()


async def test_one_that_hangs_holds_one_place() -> None:
    """The other hand stays free; the one that hangs is seen, and cut off at the end."""
    hands, never = Hands(2, longest=0.02), asyncio.Event()
    hands.take(never.wait())
    assert hands.free == 1
    hands.take(asyncio.sleep(0))
    await hands.one_done(5)
    assert hands.free == 1
    await until(hands.stuck)
    await hands.stop(0.01)
    assert hands.free == 2


async def test_an_errand_that_fails_stops_no_other() -> None:
    """Its error is told and gone, unless it is one that the round answers."""

    async def failing() -> int:
        raise KeyError("somebody's name")

    assert await guarded(failing(), "not done", {"errand": "1"}) is None
    with pytest.raises(KeyError):
        await guarded(failing(), "not done", {"errand": "1"}, but=(KeyError,))
