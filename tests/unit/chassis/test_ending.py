"""Tasks that are told to end."""

from __future__ import annotations

import asyncio

from chassis.ending import end


async def test_a_task_that_loses_its_cancellation_ends_all_the_same() -> None:
    """As one does that was waiting with a time limit for something that came at that very moment."""
    lost = 0

    async def loop() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    await asyncio.wait_for(end([task], again=0.01), 10)
    assert task.done()
    assert lost == 3


async def test_what_tasks_end_with_stops_nobody() -> None:
    """One has failed, one is done, one is cut off."""

    async def fail() -> None:
        raise ValueError

    tasks = [asyncio.create_task(fail()), asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0.01)
    await end(tasks)
    assert all(task.done() for task in tasks)


async def test_nothing_to_end_is_ended_at_once() -> None:
    """There may be no task at all."""
    await end([])
