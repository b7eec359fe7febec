"""The command line, as somebody at a terminal uses it beside running services."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What a command has told."""

    status: int
    out: str
    err: str


async def fordeling(*arguments: str, given: bytes = b"", **variables: str) -> Told:
    """Run a command to its end, knowing only these variables of ours. ``given``: what it reads."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops.cli", *arguments, env={**os.environ, "COLUMNS": "200", **variables},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate(given)
    return Told(process.returncode or 0, out.decode(), err.decode())
