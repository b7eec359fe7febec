"""On what it was measured: the machine and the versions, for the file."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from ops.embedded import kafka, postgres
from ops.paths import ROOT

PACKAGES = (
    "aiokafka",
    "asyncpg",
    "faststream",
    "pydantic",
    "litestar",
    "granian",
    "jinja2",
    "typst",
    "confluent-kafka",
)
MEBIBYTE = 1024 * 1024


def machine() -> dict[str, Any]:
    """Tell of processors, memory and how busy it was when asked."""
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "memory_mib": round(psutil.virtual_memory().total / MEBIBYTE),
        "system": platform.platform(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    """Tell the versions of ours and of what counts."""
    return {
        "fordeling": _commit(),
        "python": platform.python_version(),
        "kafka": kafka.VERSION,
        "postgresql": postgres.VERSION,
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _commit() -> str:
    """Name the commit, with a plus where files differ from it; "unknown" in a tree without git."""
    try:
        done = subprocess.run(
            ("git", "describe", "--always", "--dirty=+", "--abbrev=10"),
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
