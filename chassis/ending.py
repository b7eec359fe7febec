"""End tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.5


async def end(tasks: Iterable[asyncio.Task[object]], *, again: float = AGAIN_SECONDS) -> None:
    """Cancel the tasks until all have ended; what they end with is of no interest.

    Once is not enough: ``asyncio.wait_for`` of Python 3.11 returns normally where what it waits for is done at that
    very moment; the cancellation is gone, and a loop goes on for ever (python/cpython#86296). again: seconds between
    tries.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=again)
        for task in ended:
            take_note(task)


def take_note(task: asyncio.Task[Any]) -> None:
    """Ask an ended task how it ended: asyncio complains of one whose failure nobody has asked for."""
    _ = task.cancelled() or task.exception()
