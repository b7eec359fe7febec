"""Wait for something no longer than one wants to, whatever it does about it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from chassis.ending import take_note

ResultT = TypeVar("ResultT")


async def within(seconds: float, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Give what ``work`` gives. Raises TimeoutError after so long, and what it raises.

    Its cancellation is not waited for, as ``asyncio.timeout`` would: asyncpg asks a server to cancel a query, and waits
    for the answer of one that is frozen.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        task.add_done_callback(take_note)
        raise TimeoutError
    return task.result()
