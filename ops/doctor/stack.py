"""The processes of a stack on this machine, and what waits for somebody to decide."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from ops.dead_letters.places import DatabaseError
from ops.decisions import KINDS, find
from ops.doctor.findings import Finding, State, graded, well
from ops.stack.status import StackStatus


def processes(found: StackStatus) -> Iterator[Finding]:
    """Tell of each process that is not ready, and of alarms that last."""
    if not found.running:
        yield Finding("processes", "stack", State.BAD, f"the stack in {found.data_dir} does not run", "fordeling up")
        return
    ailing = [each for each in found.processes if each.health != "ready"]
    for each in ailing:
        yield Finding("processes", each.name, State.BAD, f"{each.state}, {each.health}", f"fordeling logs {each.name}")
    if not ailing:
        yield well("processes", "stack", f"{len(found.processes)} ready")
    for program, alarms in found.alarms.items():
        for alarm in alarms:
            yield Finding("processes", program, State.LOOK, alarm, f"fordeling logs {program}")


def undecided(given: Mapping[str, str]) -> Iterator[Finding]:
    """Tell what waits for somebody to decide."""
    for name, kind in KINDS.items():
        try:
            count = len(asyncio.run(find(kind, given)))
        except DatabaseError:
            continue  # told with the databases
        yield graded(
            "decisions",
            name,
            well_if=not count,
            said=f"{count} wait",
            todo=kind.command,
            otherwise=State.LOOK,
        )
