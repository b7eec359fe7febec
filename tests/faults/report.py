"""The table on the terminal, and the same as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from ops.embedded import kafka, postgres
from ops.stack.status import version
from tests.faults.audit.findings import Kind, counted
from tests.faults.trial import Result

COLUMNS = (Kind.LOST, Kind.DOUBLED, Kind.DISORDER, Kind.STUCK, Kind.SILENT, Kind.UNEXPLAINED, Kind.DIFFERENT)


def table(results: Sequence[Result]) -> Table:
    """Make the table: a line a fault."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    made.add_column("")
    made.add_column("fault", no_wrap=True)
    for name in ("sent", "applied", "refused", "repeats", *COLUMNS, "recovered", "quiet", "took"):
        made.add_column(str(name), justify="right")
    for result in results:
        counts = counted(result.findings)
        audit = result.audit
        made.add_row(
            "[green]✓[/]" if result.holds else "[red]✗[/]",
            result.fault.name,
            *(str(number) for number in (audit.sent, audit.applied, audit.refused, audit.repeats)),
            *(_number(counts[kind], plain=kind is Kind.STUCK) for kind in COLUMNS),
            "–" if result.recovery_seconds is None else f"{result.recovery_seconds:.1f} s",
            f"{result.quiet_seconds:.1f} s",
            f"{result.total_seconds:.0f} s",
        )
    return made


def show(console: Console, results: Sequence[Result]) -> None:
    """Print the table, and below it everything that breaks a promise."""
    console.print(table(results))
    for result in results:
        for finding in result.findings:
            if finding.breaks:
                console.print(f"[red]✗[/] {result.fault.name}: ", end="")
                console.print(str(finding), markup=False, highlight=False, soft_wrap=True)
    failed = sum(not result.holds for result in results)
    verdict = f"[red]{failed} of {len(results)} faults broke a promise[/]" if failed else "[green]every promise held[/]"
    console.print(
        f"{len(results)} faults, {sum(result.audit.sent for result in results)} messages and commands: {verdict}"
    )


def document(results: Sequence[Result], seed: int, seconds: float) -> dict[str, Any]:
    """Write it as JSON's values."""
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "holds": all(result.holds for result in results),
        "versions": {
            "fordeling": version(),
            "kafka": kafka.VERSION,
            "postgres": postgres.VERSION,
            "python": platform.python_version(),
        },
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        },
        "faults": [_one(result) for result in results],
    }


def _one(result: Result) -> Mapping[str, Any]:
    counts = counted(result.findings)
    audit = result.audit
    return {
        "name": result.fault.name,
        "group": result.fault.group.value,
        "says": result.fault.says,
        "holds": result.holds,
        "sent": audit.sent,
        "applied": audit.applied,
        "refused": audit.refused,
        "repeats": audit.repeats,
        "unsure_mails": audit.unsure,
        "alarms": result.alarms,
        "lists": result.lists,
        "lists_broken_off": result.broken_off,
        **{kind.name.lower(): counts[kind] for kind in Kind},
        "seconds": {
            "held": round(result.held_seconds, 2),
            "recovery": None if result.recovery_seconds is None else round(result.recovery_seconds, 2),
            "quiet": round(result.quiet_seconds, 2),
            "total": round(result.total_seconds, 2),
        },
        "findings": [
            {"kind": finding.kind.value, "about": finding.about, "words": finding.words} for finding in result.findings
        ],
    }


def _number(number: int, *, plain: bool) -> str:
    return str(number) if plain or number == 0 else f"[red]{number}[/]"
