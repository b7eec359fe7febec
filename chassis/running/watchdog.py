"""Ends a process that is not alive, so that whoever supervises it starts another.

``/livez`` tells the same, to who asks; but not every supervisor asks. Whatever was in hand is as after a crash: not
acknowledged, and done again.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from chassis.running.health import Health

STATUS = 70
"""The exit status of a process that ended itself (EX_SOFTWARE)."""
LOOKS = 3
"""How often in a row it must not be alive."""


async def not_alive(live: Callable[[], Awaitable[Health]], *, every: float) -> Health:
    """Ask ``live`` again and again; return once it has said no three times in a row, with what it said last."""
    bad = 0
    while True:
        await asyncio.sleep(every)
        health = await live()
        bad = 0 if health.ok else bad + 1
        if bad >= LOOKS:
            return health


async def stopped_or_not_alive(
    stop: asyncio.Event, live: Callable[[], Awaitable[Health]], *, every: float
) -> Health | None:
    """Wait for either; tells what ``live``, asked ``every`` so many seconds, said last where it was that."""
    stopped = asyncio.create_task(stop.wait())
    dead = asyncio.create_task(not_alive(live, every=every))
    try:
        await asyncio.wait({stopped, dead}, return_when=asyncio.FIRST_COMPLETED)
        return None if stopped.done() else await dead
    finally:
        stopped.cancel()
        dead.cancel()


def end_within(seconds: float) -> asyncio.TimerHandle:
    """End the process after so many seconds, whatever hangs then, unless the handle is cancelled before."""
    return asyncio.get_running_loop().call_later(seconds, os._exit, STATUS)


@asynccontextmanager
async def loop_watched(seconds: float) -> AsyncIterator[None]:
    """End the process if its event loop stands still for so long; where it stood is written to standard error.

    For one process, its main loop: there is one such watch only. A process that was stopped for longer ends too.
    """

    async def keep_alive() -> None:
        while True:
            faulthandler.dump_traceback_later(seconds, exit=True)
            await asyncio.sleep(seconds / 8)

    task = asyncio.create_task(keep_alive(), name="loop watch")
    try:
        yield
    finally:
        task.cancel()
        faulthandler.cancel_dump_traceback_later()
