"""Starting the programs and hearing what they tell."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.chassis.stage import SECONDS, Stage


@asynccontextmanager
async def program(stage: Stage, *arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one of the programs; it is gone when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.chassis.programs", *arguments),
        env={**stage.environment, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def hear(process: asyncio.subprocess.Process, word: str) -> str:
    """Wait for a line that begins with the word; gives the line."""
    assert process.stdout is not None
    async with asyncio.timeout(SECONDS):
        async for line in process.stdout:
            text = line.decode().strip()
            if text.startswith(word):
                return text
    raise AssertionError(f"the process ended without telling {word!r}")
