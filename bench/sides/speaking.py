"""The contestant's end of `bench.frame.side`."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from pathlib import Path
from typing import Any

import structlog

KIBIBYTE = 1024


def given() -> Any:  # noqa: ANN401  whatever the bench has for it
    """Read what this process was started with. Our log is quiet: standard output is the conversation."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return json.loads(sys.argv[1])


def tell(**what: object) -> None:
    """Say something, and what this process has cost so far: processor seconds, and most memory in MiB."""
    print(json.dumps(what | {"cpu": time.process_time(), "peak_mib": _peak()}), flush=True)


def _peak() -> float:
    """Ask Linux for this program's own peak: ``ru_maxrss`` remembers the bench that it was forked from, too."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIBIBYTE


async def hear() -> dict[str, Any]:
    """Wait for what the bench says; ends the process where it has left."""
    line = await asyncio.to_thread(sys.stdin.readline)
    if not line:
        sys.exit(0)
    said: dict[str, Any] = json.loads(line)
    return said
