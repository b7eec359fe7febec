"""Running a contestant as a process of its own, and speaking with it: a JSON document a line, both ways."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ops.embedded.launch import tied_to_parent
from ops.paths import ROOT
from ops.testing.stacks import clean_environment

PATIENCE = 600.0
LINE_BYTES = 64 * 1024 * 1024


class SideError(Exception):
    """The process ended, or said nothing in time; the text has the last lines of what it wrote."""


class Side:
    """A running contestant."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def hear(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait for what it says next. Raises SideError."""
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        except TimeoutError:
            raise SideError("nothing heard in time") from None
        if not line:
            assert self._process.stderr is not None
            said = (await self._process.stderr.read()).decode(errors="replace").strip().splitlines()
            raise SideError(" | ".join(said[-3:]) or "it ended")
        told: dict[str, Any] = json.loads(line)
        return told

    def say(self, **what: object) -> None:
        """Tell it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")


@asynccontextmanager
async def side(module: str, **given: object) -> AsyncIterator[Side]:
    """Keep ``python -m <module> <given as JSON>`` for as long as the block lasts; it ends when its input does."""
    process = await asyncio.create_subprocess_exec(
        *tied_to_parent((sys.executable, "-m", module, json.dumps(given)), signal.SIGTERM),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=ROOT, env=clean_environment(), limit=LINE_BYTES,
    )  # fmt: skip
    try:
        yield Side(process)
    finally:
        if process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), 20)
            except TimeoutError:
                process.kill()
                await process.wait()
