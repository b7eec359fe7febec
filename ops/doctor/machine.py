"""What is told to the command, and the machine it runs on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from ops import profiles
from ops.doctor.findings import Finding, State, graded, well
from ops.stack.environment import DATABASES, KAFKA
from ops.stack.opening import PROFILE

LEAST_FREE, LITTLE_FREE = 0.05, 0.15
GIBIBYTE = 2**30


def environment(given: Mapping[str, str], data: Path) -> Iterator[Finding]:
    """Tell where everything is taken from, and what is not told."""
    name = given.get(PROFILE)
    source = f"profile {name} of {profiles.file(given)}" if name else f"the stack in {data}, and variables"
    needed = [KAFKA, *(database.variable for database in DATABASES if database.owner)]
    missing = [variable for variable in needed if not given.get(variable)]
    yield graded(
        "environment",
        "addresses",
        well_if=not missing,
        said=source if not missing else f"not set: {', '.join(missing)} ({source})",
        todo="start a stack (fordeling up), name its folder with --data-dir, name a profile, or set them",
    )


def disk(data: Path, *, local: bool) -> Finding:
    """Look at the disk that a stack on this machine writes to."""
    if not local:
        said = "the disks of the brokers and databases cannot be seen from here"
        return Finding("disk", "elsewhere", State.UNKNOWN, said)
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    usage = shutil.disk_usage(there)
    part = usage.free / usage.total
    said = f"{usage.free / GIBIBYTE:.1f} GiB free of {usage.total / GIBIBYTE:.1f} ({part:.0%}) at {there}"
    if part >= LITTLE_FREE:
        return well("disk", "data", said)
    state = State.BAD if part < LEAST_FREE else State.LOOK
    return Finding("disk", "data", state, said, "make room: Kafka and PostgreSQL stop where there is none")
