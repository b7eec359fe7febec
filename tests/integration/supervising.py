"""A process that is started again whenever it has died, as a supervisor does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

Process = Callable[[], AbstractAsyncContextManager[asyncio.subprocess.Process]]


@asynccontextmanager
async def supervised(process: Process) -> AsyncIterator[None]:
    """Keep it running while the block lasts."""

    async def keep() -> None:
        while True:
            async with process() as running:
                await running.wait()

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
